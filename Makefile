# make lab    set up, then open the course in JupyterLab      (make lab ARGS="--no-browser --port 8899")
# make demo   set up, then run the first comparison without a browser and write a report
# make test   set up, then lint and run every test
# make course set up, then re-run every notebook and store its outputs

PYTHON ?= python3
VENV   ?= .venv
ARGS   ?=
BIN    := $(VENV)/bin
ROOT   := $(if $(filter 0,$(shell id -u)),--allow-root)

.PHONY: help setup lab demo test course clean
help:
	@sed -n 's/^# //p' Makefile

setup: $(VENV)/.ready

# Made again only when what is to be installed changes, so the second time takes no time.
$(VENV)/.ready: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 10) <= sys.version_info[:2] <= (3, 13) else "srm_lab needs Python 3.10 to 3.13, this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@test -x $(BIN)/python || { echo "Creating $(VENV) ..."; $(PYTHON) -m venv $(VENV); }
	@echo "Installing what requirements.txt lists (a few minutes the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@
	@echo "Ready."

lab: setup
	@echo "Opening JupyterLab (stop it with Ctrl-C) ..."
	@$(BIN)/python -m jupyterlab notebooks/00_start_here.ipynb $(ROOT) $(ARGS)

demo: setup
	@$(BIN)/srm-lab demo $(ARGS)

course: setup
	@$(BIN)/srm-lab course $(ARGS)

test: setup
	@echo "Linting ..."
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@echo "Testing ..."
	@$(BIN)/python -m pytest $(ARGS)

clean:
	rm -rf $(VENV) build .pytest_cache .ruff_cache .hypothesis
