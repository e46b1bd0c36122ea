# make compare: set everything up and compare both sides; make test: set up and pass the tests.
# PYTHON: the interpreter that .venv is made from; TORCH_INDEX: where torch alone is taken from, such as
# https://download.pytorch.org/whl/cpu, which has builds without CUDA.
PYTHON ?= python3
TORCH_INDEX ?=
BIN := .venv/bin
READY := .venv/ready

.PHONY: compare test lint board clean

compare: $(READY)
	$(BIN)/python -m compare run

test: $(READY)
	$(BIN)/python -m pytest -n 2

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

board: $(READY)
	$(BIN)/python -m compare board

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache

TOO_OLD = Python 3.11 or newer is needed, and $(PYTHON) is %d.%d.%d; make PYTHON=python3.13 takes another

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info < (3, 11) and sys.exit("$(TOO_OLD)" % sys.version_info[:3])'
	$(PYTHON) -m venv .venv
ifneq ($(TORCH_INDEX),)
	$(BIN)/python -m pip install --quiet --no-deps --index-url $(TORCH_INDEX) "$$(grep '^torch==' requirements.lock)"
endif
	$(BIN)/python -m pip install --quiet -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	touch $(READY)
