# Everything runs in .venv, made from the hashed locks; a second run does only what is stale.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := .venv-tools
PIP = -m pip --quiet --disable-pip-version-check
LOCKED = $(PIP) install --require-hashes --no-deps --no-build-isolation

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 11

.PHONY: site
site: $(VENV)/project.stamp ## build the site into site/
	$(BIN)/threatbrief build $(ARGS)

.PHONY: serve
serve: $(VENV)/project.stamp ## serve the site, and rebuild it as you write
	$(BIN)/threatbrief serve $(ARGS)

# `make test ARGS="-k tlp"` narrows; BROWSER=no leaves out what needs Chromium.
BROWSER ?= yes
ifeq ($(BROWSER),no)
PYTEST_FLAGS = -n auto -m "not browser"
test: $(VENV)/dev.stamp
else
PYTEST_FLAGS = -n auto
test: $(VENV)/dev.stamp programs
endif

.PHONY: test
test: ## run the tests; as root on Debian, first install the programs they drive
	$(BIN)/python -m pytest $(PYTEST_FLAGS) $(ARGS)

.PHONY: check
check: $(VENV)/dev.stamp ## formatting, lint, types, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(MAKE) test

.PHONY: bench
bench: $(VENV)/dev.stamp ## measure builds, against other generators too
	$(BIN)/python tests/benchmarks/bench.py $(ARGS)

.PHONY: screenshots
screenshots: $(VENV)/dev.stamp programs site ## picture every kind of page into screenshots/
	$(BIN)/python -m tests.browser.screenshots site screenshots

# libatomic1 is for the Node.js inside the playwright package; a bare Debian lacks it.
.PHONY: programs
programs:
	@if command -v chromium >/dev/null && command -v pdftotext >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -qq -y --no-install-recommends chromium libatomic1 poppler-utils; \
	else \
		echo 'The tests drive chromium and pdftotext: install them (on Debian: apt-get install chromium' >&2; \
		echo 'poppler-utils), or leave the browser tests out: make test BROWSER=no' >&2; \
		exit 1; \
	fi

$(VENV)/runtime.stamp: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "threatbrief needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try make PYTHON=python3.12" >&2; \
		exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { \
		echo 'No virtual environment could be made (on Debian: apt-get install python3-venv).' >&2; exit 1; }
# Build tools first, from the same lock: feedgen is published as source alone, and without
# this pip would fetch a setuptools that nobody has hashed.
	@awk '/^[a-z]/ { wanted = /^(editables|hatchling|packaging|pathspec|pluggy|setuptools|tomlkit|trove-classifiers)==/ } wanted' \
		requirements.lock > $(VENV)/build.lock
	$(BIN)/python $(LOCKED) -r $(VENV)/build.lock
	$(BIN)/python $(LOCKED) -r requirements.lock
	@touch $@

$(VENV)/project.stamp: $(VENV)/runtime.stamp pyproject.toml
	$(BIN)/python $(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/project.stamp requirements-dev.lock
	$(BIN)/python $(LOCKED) -r requirements-dev.lock
	$(BIN)/python -m pip check
	@touch $@

# Keeps the versions that are locked and still fit; `make lock UPGRADE=--upgrade` takes the newest.
COMPILE = $(TOOLS)/bin/uv pip compile pyproject.toml --group build --universal --python-version 3.11 \
	--generate-hashes --custom-compile-command "make lock" --quiet $(UPGRADE)

.PHONY: lock
lock: $(TOOLS)/uv-0.13.9.stamp ## write requirements.lock and requirements-dev.lock anew from pyproject.toml
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --extra dev --constraints requirements.lock --output-file requirements-dev.lock

NPM_FONTS = @fontsource-variable/source-serif-4@5.3.1 @fontsource-variable/public-sans@5.3.0 \
	@expo-google-fonts/source-serif-4@0.4.1 @expo-google-fonts/public-sans@0.4.2
FONTS := .fonts

.PHONY: fonts
fonts: $(TOOLS)/fonttools-4.68.0.stamp $(TOOLS)/brotli-1.2.1.stamp ## fetch the typefaces anew (needs npm)
	npm install --silent --prefix $(FONTS) --no-save --no-package-lock --ignore-scripts $(NPM_FONTS)
	$(TOOLS)/bin/python generator/make_fonts.py \
		--web-serif $(FONTS)/node_modules/@fontsource-variable/source-serif-4 \
		--web-sans $(FONTS)/node_modules/@fontsource-variable/public-sans \
		--print-serif $(FONTS)/node_modules/@expo-google-fonts/source-serif-4 \
		--print-sans $(FONTS)/node_modules/@expo-google-fonts/public-sans \
		--templates templates

NPM_ATLAS = world-atlas@2.0.2

.PHONY: map
map: $(VENV)/dev.stamp ## draw the world map anew (needs npm)
	npm install --silent --prefix $(FONTS) --no-save --no-package-lock --ignore-scripts $(NPM_ATLAS)
	$(BIN)/python generator/make_map.py --atlas $(FONTS)/node_modules/world-atlas \
		--templates templates --reference generator/threatbrief/reference

# Maintainers' tools, one exact version each: .venv-tools/NAME-VERSION.stamp
$(TOOLS)/%.stamp: | $(TOOLS)/bin
	$(TOOLS)/bin/python $(PIP) install $(shell echo '$*' | sed 's/-\([0-9]\)/==\1/')
	@touch $@

$(TOOLS)/bin:
	$(PYTHON) -m venv $(TOOLS)

.PHONY: clean
clean: ## remove the built site and the tools' caches
	rm -rf site dist screenshots .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find content generator templates tests -name __pycache__ -prune -exec rm -rf {} +

.PHONY: distclean
distclean: clean ## remove the environments too
	rm -rf $(VENV) $(TOOLS) $(FONTS)
