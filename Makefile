# Everything happens in .venv beside this file; the second time is quick.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
# Extra arguments for pytest: make test ARGS="-k plan"
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help demo test slow acceptance lint types lab bench clean
.SUFFIXES:

help:
	@echo "make demo    digits notebook -> plan -> runs -> finding -> report, in .demo/ (two minutes)"
	@echo "make lab     JupyterLab on the newest demo, or on a copy of the example, with the panel open"
	@echo "make test    tests without the slow ones (browser tests where there is a Chromium)"
	@echo "make slow    the slow tests"
	@echo "make acceptance  all notebooks in ../shared/data, the whole way (an hour)"
	@echo "make lint    ruff and import contracts"
	@echo "make types   mypy --strict"
	@echo "make bench   what loading and starting cost, beside others"
	@echo "make clean   remove .venv, .demo and what tools left behind"
	@echo "PYTHON=... chooses the interpreter (3.11 or newer); .venv is made with it"

# One stamp for each set of extras; any of them makes the environment.
$(VENV)/stamp-%: pyproject.toml .ci/venv
	@.ci/venv "$(PYTHON)" "$(VENV)" "$*"
	@touch "$@"

# Each time a new folder, so that nothing somebody did in an earlier one is lost; `clean` removes them all.
demo: $(VENV)/stamp-examples
	@n=1; while [ -e .demo/$$n ]; do n=$$((n + 1)); done; mkdir -p .demo; \
	echo "demo: notebooks/digits_ablation.ipynb -> .demo/$$n/ with $(WORKERS) runs at a time"; \
	$(BIN)/coimprove demo .demo/$$n --workers $(WORKERS)

lab: $(VENV)/stamp-lab,examples
	@.ci/labextension $(BIN)
	@folder=$$(ls -dt .demo/*/ 2>/dev/null | head -n 1); folder=$${folder:-.demo/1/}; mkdir -p "$$folder"; \
	test -e "$$folder/digits_ablation.ipynb" || cp notebooks/digits_ablation.ipynb "$$folder"; \
	echo "lab: $${folder}digits_ablation.ipynb, a copy of the example, with the panel open"; \
	export JUPYTERLAB_WORKSPACES_DIR="$(CURDIR)/.demo/.workspaces"; \
	$(BIN)/python .ci/workspace "$$JUPYTERLAB_WORKSPACES_DIR"; \
	cd "$$folder" && exec "$(CURDIR)/$(BIN)/jupyter" lab digits_ablation.ipynb $(ARGS)

test: $(VENV)/stamp-test
	@.ci/labextension $(BIN)
	@.ci/pytest $(BIN) "not slow" -n $(WORKERS) $(ARGS)

slow: $(VENV)/stamp-test
	@.ci/labextension $(BIN)
	@.ci/pytest $(BIN) "slow and not acceptance" -n $(WORKERS) --durations=25 $(ARGS)

# What the tool is measured on: public and training notebooks beside the checkout (an hour).
acceptance: $(VENV)/stamp-test
	@.ci/pytest $(BIN) "slow and (shared_data or acceptance)" -n $(WORKERS) $(ARGS)
	@$(BIN)/python tests/acceptance/measure_training.py ../shared/data
	@$(BIN)/python tests/acceptance/measure_public.py ../shared/data
	@$(BIN)/python tests/acceptance/measure_speed.py ../shared/data

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
	rm -rf labextension/node_modules labextension/lib jupyter_coimprove/labextension
	rm -rf .mypy_cache .ruff_cache notebooks/.ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
