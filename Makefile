# Every task of the project, on a fresh machine with Python 3.11+ and make. `make` alone lists them.
#
# The tools live in .venv, made on first use. For each set of extras (see pyproject.toml) a stamp .venv/.with-EXTRA says
# that it is installed; it is written last, and is out of date as soon as pyproject.toml changes. While an installation
# runs, .venv/.installing holds the number of its process.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests run on the machine's cores, four at most: beyond that, starting the workers costs more than they save.
PYTEST := $(BIN)/python -m pytest -q -n auto --maxprocesses 4
TEST_ARGS ?=
BENCH_ARGS ?=
MINUTES ?= 10
N ?= 1000000
SEED ?= 0

.DEFAULT_GOAL := help
.NOTPARALLEL:

.PHONY: help
help: ## list these tasks
	@awk -F' ## ' '/^[a-z-]+:.* ## / { sub(/:.*/, "", $$1); printf "  make %-12s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: $(VENV)/.with-all ## the main job: a drawn graph, a trained network, its gradients checked, a report
	$(BIN)/compgraph demo

.PHONY: test
test: $(VENV)/.with-test ## the tests (TEST_ARGS='-k two_layer' for some of them)
	$(PYTEST) --hypothesis-profile=quick $(TEST_ARGS)

.PHONY: test-without-dot
test-without-dot: $(VENV)/.with-test ## the drawing tests once more, as on a machine without Graphviz's dot
	COMPGRAPH_TESTS_WITHOUT_DOT=1 $(PYTEST) --hypothesis-profile=quick tests/render $(TEST_ARGS)

.PHONY: test-deep
test-deep: $(VENV)/.with-test ## the tests with many more random examples (takes long)
	$(PYTEST) --hypothesis-profile=deep $(TEST_ARGS)

.PHONY: coverage
coverage: $(VENV)/.with-coverage ## the tests of the engine and its rules: every branch of those has to be taken
	$(PYTEST) --hypothesis-profile=quick --cov --cov-report=term-missing:skip-covered tests/rules tests/check tests/compile \
		$(filter-out tests/test_cli.py tests/test_examples.py,$(wildcard tests/test_*.py)) $(TEST_ARGS)

.PHONY: mutants
mutants: $(VENV)/.with-test ## make each rule wrong in turn, and see that the tests notice
	$(BIN)/python -m tests.mutants

.PHONY: soak
soak: $(VENV)/.with-test ## train, nest, interrupt and raise for long: values right, memory flat (MINUTES=10)
	$(BIN)/python -m tests.soak --minutes $(MINUTES)

.PHONY: test-oracles
test-oracles: $(VENV)/.with-oracles ## values and derivatives against JAX, PyTorch and mpmath (takes long)
	$(PYTEST) --hypothesis-profile=deep tests/oracles $(TEST_ARGS)

.PHONY: fuzz
fuzz: $(VENV)/.with-oracles ## random programs against PyTorch, Ctrl-C ends it (N=1000000 SEED=0)
	$(BIN)/python -m tests.oracles.fuzz --number $(N) --seed $(SEED)

.PHONY: lint
lint: $(VENV)/.with-lint ## the linters and the type checker
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

.PHONY: format
format: $(VENV)/.with-lint ## lay the code out as `make lint` wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: bench
bench: $(VENV)/.with-bench $(VENV)/.with-plot ## time it beside NumPy and others, into docs/performance.md (BENCH_ARGS=--help)
	$(BIN)/python -m tests.benchmarks --write $(BENCH_ARGS)

.PHONY: clean
clean: ## remove the set-up, the caches and the demo's output
	rm -rf $(VENV) .hypothesis .mypy_cache .pytest_cache .ruff_cache build dist compgraph-demo fuzz-failures
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---------------------------------------------------------------------------------------------------------------- set-up

# The environment is made anew if it was moved or copied here (its scripts hold its address), if another PYTHON is asked
# for than it was made with, if that Python is gone, or if an installation was cut short in it.
VENV_STATE := $(shell grep -qxF "$(CURDIR)" $(VENV)/.ready 2>/dev/null \
	&& { [ "$(origin PYTHON)" = file ] || grep -qxF "$(PYTHON)" $(VENV)/.ready; } \
	&& [ ! -e $(VENV)/.installing ] && $(BIN)/python -c '' 2>/dev/null && echo usable)
ifneq ($(VENV_STATE),usable)
.PHONY: $(VENV)/.ready
endif

$(VENV)/.ready:
	@if process=$$(cat $(VENV)/.installing 2>/dev/null) && kill -0 "$$process" 2>/dev/null; then \
		echo "compgraph: process $$process is setting up $(VENV): wait for it (or 'make clean', if that is no make)" >&2; \
		exit 1; \
	fi
	@command -v "$(PYTHON)" >/dev/null || \
		{ echo "compgraph: there is no '$(PYTHON)' here; name one of version 3.11 or later: make PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "compgraph: needs Python 3.11 or later, '$(PYTHON)' is $$("$(PYTHON)" -V 2>&1); make PYTHON=python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || \
		{ echo "compgraph: '$(PYTHON)' cannot make virtual environments: its venv or ensurepip module is not installed" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear $(VENV)
	@printf '%s\n' "$(CURDIR)" "$(PYTHON)" > $@

$(VENV)/.with-%: pyproject.toml $(VENV)/.ready
	@echo $$PPID > $(VENV)/.installing
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@rm $(VENV)/.installing
	@touch $@
