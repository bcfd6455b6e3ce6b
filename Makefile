# Everything happens in .venv beside this file; the second time is quick.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
# Extra arguments for pytest: make test ARGS="-k plan"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test slow lint types lab bench clean
.SUFFIXES:

help:
	@echo "make demo    digits notebook -> plan -> runs -> finding -> report, in .demo/ (about two minutes)"
	@echo "make lab     JupyterLab on a copy of the example"
	@echo "make test    tests without the slow ones (browser tests where there is a Chromium)"
	@echo "make slow    the slow tests"
	@echo "make lint    ruff and import contracts"
	@echo "make types   mypy --strict"
	@echo "make bench   what loading and starting cost, beside others"
	@echo "make clean   remove .venv, .demo and what tools left behind"
	@echo "PYTHON=... chooses the interpreter (3.11 or newer); .venv is made with it"

# One stamp for each set of extras; any of them makes the environment.
$(VENV)/stamp-%: pyproject.toml .ci/venv
	@.ci/venv "$(PYTHON)" "$(VENV)" "$*"
	@touch "$@"

demo: $(VENV)/stamp-examples
	@echo "demo: notebooks/digits_ablation.ipynb -> .demo/"
	@rm -rf .demo
	@$(BIN)/coimprove demo .demo

lab: $(VENV)/stamp-lab,examples
	@mkdir -p .demo/lab
	@test -e .demo/lab/digits_ablation.ipynb || cp notebooks/digits_ablation.ipynb .demo/lab/
	@$(BIN)/jupyter lab .demo/lab/digits_ablation.ipynb

test: $(VENV)/stamp-test
	@.ci/pytest $(BIN) "not slow" -n $(WORKERS) $(ARGS)

slow: $(VENV)/stamp-test
	@.ci/pytest $(BIN) "slow" -n $(WORKERS) $(ARGS)

lint: $(VENV)/stamp-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/stamp-test
	$(BIN)/mypy

bench: $(VENV)/stamp-test
	@$(BIN)/python tests/benchmarks/run.py $(ARGS)

clean:
	rm -rf $(VENV) .demo .wheel-check .browser-output dist build
	rm -rf .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
