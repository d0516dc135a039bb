# `make demo` runs the whole chain on drawings and portraits that come with the project;
# `make test` runs every check. Both need only Python 3.11+ and pip.
PYTHON ?= python3
VENV   := .venv
LOWEST := .lowest
BIN    := $(VENV)/bin
WORKSPACE ?= demo-workspace
ANIME ?=
HUMAN ?=
# Two processes; a file's tests run in one of them, so that what they share is made once. Files with the most
# tests come first.
TWO := -n 2 --dist loadfile

.PHONY: help install demo test lint unit training lowest clean

help:            ## show this
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

install: $(VENV)/installed  ## make .venv from the pinned constraints

$(VENV)/installed: pyproject.toml constraints.txt constraints-animeface.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	$(BIN)/python -m pip install --quiet --requirement constraints-animeface.txt
	touch $@

demo: install    ## booru -> faces -> trained model -> report.html (ANIME=dir HUMAN=dir for your own)
	$(BIN)/python -m f2a_demo --workspace '$(WORKSPACE)' --anime '$(ANIME)' --human '$(HUMAN)'

test: lint unit  ## every check

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint --failure-threshold info Dockerfile

unit: install
	OMP_WAIT_POLICY=passive $(BIN)/python -m pytest $(TWO)

training: install  ## the tests of what trains; F2A_NO_BF16=1 makes this machine one without bf16
	OMP_WAIT_POLICY=passive $(BIN)/python -m pytest $(TWO) tests/training tests/demo tests/test_docs.py

lowest: install  ## the lower bounds of pyproject.toml, all installed together in .lowest, and the chain run once
	rm -rf $(LOWEST)
	$(PYTHON) -m venv $(LOWEST)
	$(BIN)/python .ci/lowest.py > $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m pip install --quiet --constraint $(LOWEST)/constraints.txt '.[fid,heif,metrics,s3]' scikit-image
	OMP_WAIT_POLICY=passive PYTHONPATH=demo $(LOWEST)/bin/python .ci/smoke.py $(LOWEST)/workspace

clean:           ## remove what install and demo made
	rm -rf $(VENV) $(LOWEST) demo-workspace
