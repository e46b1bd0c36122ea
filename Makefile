# make compare: set everything up and compare both sides; make test: set up and pass the tests;
# make test-fast: those of them that take no longer than a change.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

.PHONY: compare test test-fast lint board clean

compare: $(READY)
	$(BIN)/python -m compare run

test: $(READY)
	$(BIN)/python -m pytest -n 2

test-fast: $(READY)
	$(BIN)/python -m pytest -n 2 -m "not slow"

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

board: $(READY)
	$(BIN)/python -m compare board

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $(READY)
