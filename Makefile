# Everything one does with a checkout. Needs make, a POSIX shell, Python 3.11 or newer with venv, and a package index.

VENV := .venv
BIN := $(VENV)/bin

# The wheel with a Redis inside exists for 3.12 and 3.11, so those are looked for first.
PYTHONS := $(PYTHON) python3.12 python3.11 python3.13 python3.14 python3

# Where recorded payloads of desks lie, one folder a desk: beside the checkout, never in it.
DIR := ../deskpulse-samples

.PHONY: help demo install test lint types contracts generated wheel check promises samples bench docs clean

help:
	@echo 'make demo      install what the product needs and run it with a simulated desk; DESK=zendesk for another'
	@echo 'make test      every test but the slow ones'
	@echo 'make check     lint, types, import contracts, generated pages, and the built wheel in a clean environment'
	@echo 'make promises  the slow tests: crashes, outages, load; then whatever must hold for any input, at length'
	@echo 'make samples   what is read of recorded payloads in DIR, one folder a desk'
	@echo 'make bench     measure, as ratios in one run'
	@echo 'make docs      write the generated pages anew'

demo: $(VENV)/.product
	$(BIN)/deskpulse demo$(if $(DESK), --desk $(DESK))

install: $(VENV)/.product

# One process more than cores, because some tests wait; compiled modules are kept, because some start the product.
test: $(VENV)/.dev
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n 3 --dist worksteal -m 'not slow'

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

# In an environment of its own: it brings a library that every process of the product would load where it finds it.
contracts: $(VENV)/.contracts
	$(VENV)/contracts/bin/lint-imports

generated: $(VENV)/.dev
	$(BIN)/python -m pytest -q -k generated

# The wheel alone, away from the checkout: every module imports, the manifest is found, the command answers.
wheel: $(VENV)/.dev
	rm -rf build/wheel build/clean
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir build/wheel .
	$(BIN)/python -m venv build/clean
	build/clean/bin/python -m pip install --quiet --disable-pip-version-check build/wheel/deskpulse-*.whl
	cp tests/wheel_smoke.py build/clean/wheel_smoke.py
	cd / && '$(CURDIR)/build/clean/bin/python' -I '$(CURDIR)/build/clean/wheel_smoke.py'
	cd / && '$(CURDIR)/build/clean/bin/deskpulse' --version

check: lint types contracts generated wheel

promises: $(VENV)/.dev
	$(BIN)/python -m pytest -q -m slow
	$(BIN)/python -m pytest -q -m 'hypothesis and not slow' --hypothesis-profile=thorough

samples: $(VENV)/.dev
	$(BIN)/python -m tests.samples '$(DIR)'

bench: $(VENV)/.dev
	$(BIN)/python -m bench

docs: $(VENV)/.dev
	$(BIN)/python -m workers.settings
	$(BIN)/python -m plugin.manifest
	$(BIN)/python -m plugin.commands.page
	$(BIN)/python -m workers.metrics.documented
	$(BIN)/python -m plugin.api.page
	$(BIN)/python -m tests.integrations.event_docs
	$(BIN)/python -m tests.desks.desk_docs

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(VENV)/.made:
	@for name in $(PYTHONS); do \
	  if "$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    echo "using $$("$$name" --version) ($$name)"; \
	    "$$name" -m venv --clear $(VENV) && touch $@; exit; \
	  fi; \
	done; \
	for name in $(PYTHONS); do \
	  if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    echo "$$name cannot make environments; run: apt-get install python3-venv" >&2; exit 1; \
	  fi; \
	done; \
	echo 'there is no Python 3.11 or newer here; install one, or name it: make PYTHON=/path/to/python3' >&2; exit 1

$(VENV)/.product: $(VENV)/.made pyproject.toml
	@echo 'installing what the product needs (once) ...'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[redis]'
	@touch $@

$(VENV)/.dev: $(VENV)/.product
	@echo 'installing what the tests need (once) ...'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[redis,dev]'
	@touch $@

$(VENV)/.contracts: $(VENV)/.made
	$(BIN)/python -m venv $(VENV)/contracts
	$(VENV)/contracts/bin/python -m pip install --quiet --disable-pip-version-check 'import-linter>=2.1'
	@touch $@
