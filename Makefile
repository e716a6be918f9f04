# The commands of this repository. Each makes the virtual environment when it is missing or when
# what it is made from has changed.

SHELL := /bin/bash
VENV ?= .venv
BIN := $(VENV)/bin
KEY := $(shell cat pyproject.toml constraints.txt | cksum | cut -d' ' -f1)
STAMP := $(VENV)/.installed-$(KEY)
IMPORT_CACHE ?= .import_linter_cache
# Two cores do the work of three: one of them mostly waits, for a browser or for who was killed.
WORKERS ?= 3

# The tests start hundreds of processes: none may have to compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test tests check style types format bench soak docs audit licences
.DEFAULT_GOAL := test

demo: $(STAMP)  ## Bring up the product on this machine; Ctrl-C stops it. Options: make demo ARGS="--port 9000"
	@exec $(BIN)/ioc demo $(ARGS)

test: style  ## Run all checks, and all tests but those that take hours.
	@$(MAKE) --no-print-directory -j2 types tests

tests: $(STAMP)
	$(BIN)/pytest -m "not soak" -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: style types  ## Format, lint, types and import contracts.

style: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(STAMP)
	$(BIN)/mypy
	$(BIN)/lint-imports --cache-dir $(IMPORT_CACHE)

format: $(STAMP)  ## Bring every file into shape.
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)  ## Measure, and write docs/benchmarks.md.
	$(BIN)/python -m tests.benchmarks $(ARGS)

soak: $(STAMP)  ## Run the tests that take hours; broken off, they go on from .soak where they were.
	$(BIN)/pytest -m soak --timeout 0 $(ARGS)

docs: $(STAMP)  ## Check that what the documentation says is true.
	$(BIN)/pytest tests/architecture $(ARGS)

# Asks the advisory database of PyPI: no part of `make test`, which needs no network. Strict: a package
# that could not be asked about is else skipped, and nothing at all is found where the network is away.
audit: $(STAMP)  ## Hold every pin against the known vulnerabilities; needs the network.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt 'pip-audit>=2.10'
	$(BIN)/pip-audit --progress-spinner off --strict --disable-pip --no-deps --requirement constraints.txt $(ARGS)

licences: $(STAMP)  ## Write docs/licences.md.
	$(BIN)/python -m tests.licences

$(STAMP): pyproject.toml constraints.txt
	@.ci/environment $(VENV) $@
