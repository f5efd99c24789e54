# Everything is done inside .venv: nothing here needs root, docker or a running server.

VENV := .venv
BIN  := $(VENV)/bin
PY   := $(BIN)/python
PIP  := $(PY) -m pip --disable-pip-version-check

# The first Python on the path that is new enough; `make PYTHON=/some/python3 run` names another.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

DATA ?= data
HOST ?= 127.0.0.1
PORT ?= 8000
ARGS ?=
DATABASE ?= sqlite
MEASURE ?= page
SIZES ?= 10000 1000000 10000000

# The tests' PostgreSQL keeps its lock in the runtime directory or, where it finds none of its own there, in the temporary
# directory, and the lock file of another user would stand in the way. Short, since a socket's path has 103 bytes at most.
RUNTIME := /tmp/postil-$(shell id -u)

# The dashboard's scripts and styles, built with Node.js.
FRONT := app/web/dashboard/front
BUILT := app/web/dashboard/built/names.json

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test lint format openapi front pictures campaign-contract campaign-journeys campaign-roles campaign-model campaign-answers campaign-webhooks campaign-takes campaign-kills campaign-moves campaign-data campaign-backup campaign-jobs campaign-power migration bench bench-data bench-pages bench-sizes profile lock upgrade clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
	@echo
	@echo "  Settings: DATA=$(DATA) HOST=$(HOST) PORT=$(PORT) PYTHON=python3 ARGS='-k word' (for test, bench)"

run: $(VENV)/.run-stamp $(BUILT) ## Install, migrate, make the sample project, and serve it; a second run keeps the data
	$(PY) -m app migrate --data "$(DATA)"
	$(PY) -m app demo --data "$(DATA)"
	$(PY) -m app serve --data "$(DATA)" --host "$(HOST)" --port "$(PORT)"

# One more at once than there are cores: they also wait for servers and disks.
RUNNERS = $(shell $(PY) -c 'import os; print((os.cpu_count() or 1) + 1)')

# At first each has an equal part, in order, so that it meets one database after the other.
# Compiled files are kept, whatever the shell says: else every process compiles all sources and tests anew.
test: lint $(BUILT) ## Install and run every check and test, PostgreSQL included
	@mkdir -p $(RUNTIME)/python_PostgresServer && chmod 700 $(RUNTIME)
	XDG_RUNTIME_DIR=$(RUNTIME) PYTHONDONTWRITEBYTECODE= $(PY) -m pytest --numprocesses $(RUNNERS) --dist worksteal $(ARGS)

lint: $(VENV)/.test-stamp ## Check style, formatting and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

format: $(VENV)/.test-stamp ## Mend what style and formatting can be mended by themselves
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

front: $(BUILT) ## Build the dashboard's scripts and styles

pictures: $(VENV)/.test-stamp $(BUILT) ## Take the README's pictures of the dashboard anew, in a Chromium
	$(PY) -m tests.dashboard.pictures

openapi: $(VENV)/.test-stamp ## Build the published contract, openapi/*.json
	$(PY) -m openapi.build

migration: $(VENV)/.test-stamp ## Write a migration of what changed in the tables: make migration NAME=what_changes
	$(PY) -m app.storage.migrations.write "$(NAME)"

campaign-contract: $(VENV)/.test-stamp ## Ask the service all that the contract knows, for as long as it takes
	POSTIL_SCHEMATHESIS_EXAMPLES=$${POSTIL_SCHEMATHESIS_EXAMPLES:-100} $(PY) -m pytest tests/openapi/test_schemathesis.py $(ARGS)

campaign-roles: $(VENV)/.test-stamp ## Ask every route of everybody, at each face in full, on both databases
	@mkdir -p $(RUNTIME)/python_PostgresServer && chmod 700 $(RUNTIME)
	XDG_RUNTIME_DIR=$(RUNTIME) POSTIL_CAMPAIGN_ROLES=1 $(PY) -m pytest tests/app/matrix/test_roles.py $(ARGS)

campaign-journeys: $(VENV)/.test-stamp $(BUILT) ## Make all journeys of the dashboard on both databases: as written, at 360 px, by keyboard alone
	@mkdir -p $(RUNTIME)/python_PostgresServer && chmod 700 $(RUNTIME)
	for manner in wide narrow keyboard; do \
		XDG_RUNTIME_DIR=$(RUNTIME) POSTIL_JOURNEYS=$$manner $(PY) -m pytest tests/dashboard \
			--deselect tests/dashboard/test_every_page.py $(ARGS) || exit 1; done

campaign-model: $(VENV)/.test-stamp ## Tell both databases many stories, new ones each time, beside the model
	@mkdir -p $(RUNTIME)/python_PostgresServer && chmod 700 $(RUNTIME)
	XDG_RUNTIME_DIR=$(RUNTIME) POSTIL_CAMPAIGN_STORIES=$${POSTIL_CAMPAIGN_STORIES:-500} \
		$(PY) -m pytest tests/app/model $(ARGS)

campaign-answers: $(VENV)/.test-stamp ## Drop answers at random and repeat the requests: 20,000 on each database
	@mkdir -p $(RUNTIME)/python_PostgresServer && chmod 700 $(RUNTIME)
	XDG_RUNTIME_DIR=$(RUNTIME) POSTIL_CAMPAIGN_ANSWERS=$${POSTIL_CAMPAIGN_ANSWERS:-20000} \
		$(PY) -m pytest tests/campaigns/test_answers.py -s $(ARGS)

campaign-webhooks: $(VENV)/.test-stamp ## Fail at webhooks and kill the server meanwhile: 20,000 events on each database
	@mkdir -p $(RUNTIME)/python_PostgresServer && chmod 700 $(RUNTIME)
	XDG_RUNTIME_DIR=$(RUNTIME) POSTIL_CAMPAIGN_EVENTS=$${POSTIL_CAMPAIGN_EVENTS:-20000} \
		$(PY) -m pytest tests/campaigns/test_deliveries.py -s $(ARGS)

campaign-takes: $(VENV)/.test-stamp ## Let 16 clients take from one queue at once: 100,000 takes on each database
	@mkdir -p $(RUNTIME)/python_PostgresServer && chmod 700 $(RUNTIME)
	XDG_RUNTIME_DIR=$(RUNTIME) POSTIL_CAMPAIGN_TAKES=$${POSTIL_CAMPAIGN_TAKES:-100000} \
		$(PY) -m pytest tests/campaigns/test_takes.py -s $(ARGS)

campaign-kills: $(VENV)/.test-stamp ## Kill the server under load and account for every write: 200 rounds on each database
	@mkdir -p $(RUNTIME)/python_PostgresServer && chmod 700 $(RUNTIME)
	XDG_RUNTIME_DIR=$(RUNTIME) POSTIL_CAMPAIGN_ROUNDS=$${POSTIL_CAMPAIGN_ROUNDS:-200} \
		$(PY) -m pytest tests/campaigns/test_kills.py -s $(ARGS)

campaign-moves: $(VENV)/.test-stamp ## Change a workflow amid entries under way, and kill the server meanwhile: 10,000 on each database
	@mkdir -p $(RUNTIME)/python_PostgresServer && chmod 700 $(RUNTIME)
	XDG_RUNTIME_DIR=$(RUNTIME) POSTIL_CAMPAIGN_MOVES=$${POSTIL_CAMPAIGN_MOVES:-10000} \
		$(PY) -m pytest tests/campaigns/test_moves.py -s $(ARGS)

campaign-data: $(VENV)/.test-stamp ## Import, merge and release amid kills, and compare it all: 20,000 items on each database
	@mkdir -p $(RUNTIME)/python_PostgresServer && chmod 700 $(RUNTIME)
	XDG_RUNTIME_DIR=$(RUNTIME) POSTIL_CAMPAIGN_ITEMS=$${POSTIL_CAMPAIGN_ITEMS:-20000} \
		$(PY) -m pytest tests/campaigns/test_data.py -s $(ARGS)

campaign-jobs: $(VENV)/.test-stamp ## Kill and freeze the workers of 2,000 jobs on PostgreSQL, and count every effect
	@mkdir -p $(RUNTIME)/python_PostgresServer && chmod 700 $(RUNTIME)
	XDG_RUNTIME_DIR=$(RUNTIME) POSTIL_CAMPAIGN_JOBS=$${POSTIL_CAMPAIGN_JOBS:-2000} \
		$(PY) -m pytest tests/campaigns/test_jobs.py -s $(ARGS)

campaign-backup: $(VENV)/.test-stamp ## Back up under load, restore it and account for every write: 20 times on each database
	@mkdir -p $(RUNTIME)/python_PostgresServer && chmod 700 $(RUNTIME)
	XDG_RUNTIME_DIR=$(RUNTIME) POSTIL_CAMPAIGN_BACKUPS=$${POSTIL_CAMPAIGN_BACKUPS:-20} \
		$(PY) -m pytest tests/campaigns/test_backups.py -s $(ARGS)

campaign-power: $(VENV)/.test-stamp ## Cut the power while files are kept, and look at each: 10 cuts, as root, with loop devices
	POSTIL_CAMPAIGN_CUTS=$${POSTIL_CAMPAIGN_CUTS:-10} $(PY) -m pytest tests/campaigns/test_power_cut.py -s $(ARGS)

bench: $(VENV)/.test-stamp ## Measure Postil beside the floor and the obvious program, on both databases (ARGS=--help tells how)
	$(PY) -m bench --database sqlite $(ARGS)
	$(PY) -m bench --database postgresql $(ARGS)
	$(PY) -m bench.readme

bench-data: $(VENV)/.test-stamp ## Measure how 1,000,000 records come in, go out and are relabelled: takes 10 GB (ARGS=--help tells how)
	$(PY) -m bench.data_flow --database sqlite $(ARGS)
	$(PY) -m bench.data_flow.readme

bench-pages: $(VENV)/.test-stamp $(BUILT) ## Measure the dashboard's table of 1,000 entries and of 1,000,000, in a Chromium too (ARGS='1000 200000')
	$(PY) -m bench.pages $(ARGS)

bench-sizes: $(VENV)/.test-stamp ## Measure it on up to 10,000,000 entries: takes long, and 20 GB (SIZES='10000 1000000', DATABASE=)
	$(PY) -m bench --database "$(DATABASE)" $(foreach size,$(SIZES),--sizes $(size)) $(ARGS)

profile: $(VENV)/.test-stamp ## Show where Postil's time goes: make profile MEASURE=page DATABASE=postgresql
	$(PY) -m bench --database "$(DATABASE)" --profile "$(MEASURE)" $(ARGS)

# ---- the dashboard: npm's packages by the hashes of their lock, bundled

$(BUILT): $(FRONT)/package-lock.json $(FRONT)/build.mjs $(FRONT)/build.py $(wildcard $(FRONT)/src/*) $(VENV)/.made
	@command -v node >/dev/null && command -v npm >/dev/null || $(PIP) install --quiet --require-hashes -r requirements/front.txt
	$(PY) $(FRONT)/build.py
	@touch $@

# ---- the environment: one stamp a set of packages, so that a second call costs nothing

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Postil needs Python 3.11 or newer, and none is on the path." \
		"Install one, or name it: make PYTHON=/some/python3 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Postil needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "This Python cannot make an environment." \
		"On Debian and Ubuntu its part for that is a package of its own, python3-venv." >&2; exit 1; }
	@touch $@

$(VENV)/.run-stamp: requirements/run.txt requirements/demo.txt $(VENV)/.made
	$(PIP) install --quiet --require-hashes -r requirements/run.txt
	$(PIP) install --quiet --require-hashes --no-deps -r requirements/demo.txt
	@touch $@

# Holds every package of the run set too, in the same releases.
$(VENV)/.test-stamp: requirements/test.txt requirements/demo.txt $(VENV)/.made
	$(PIP) install --quiet --require-hashes -r requirements/test.txt
	$(PIP) install --quiet --require-hashes --no-deps -r requirements/demo.txt
	@touch $@

$(VENV)/.lock-stamp: requirements/lock.txt $(VENV)/.made
	$(PIP) install --quiet --require-hashes -r requirements/lock.txt
	@touch $@

# ---- the locks: every release with the hashes of all its files, for all platforms, and no address

COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" $(LOCK_ARGS)

# The vendors' SDKs, each for an environment of its own, which the tests make (tests/vendors/environments.py).
VENDORS = requirements/vendors
COMPILE_VENDOR = $(COMPILE) --config-file $(VENDORS)/uv.toml

lock: $(VENV)/.lock-stamp ## Write requirements/*.txt after pyproject.toml, keeping the releases that still fit
	$(COMPILE) pyproject.toml --output-file requirements/run.txt
	$(COMPILE) pyproject.toml --extra test --constraint requirements/run.txt --output-file requirements/test.txt
	$(COMPILE) --no-deps requirements/demo.in --output-file requirements/demo.txt
	$(COMPILE) requirements/front.in --output-file requirements/front.txt
	$(COMPILE) requirements/lock.in --output-file requirements/lock.txt
	$(foreach name,segments datagym jtheta,$(COMPILE_VENDOR) $(VENDORS)/$(name).in --output-file $(VENDORS)/$(name).txt &&) :
	$(foreach name,segments-1.9.2 datagym-0.5.2,$(COMPILE_VENDOR) --no-deps $(VENDORS)/$(name).in --output-file $(VENDORS)/$(name).txt &&) :

upgrade: ## Write them with the newest releases that fit
	$(MAKE) lock LOCK_ARGS=--upgrade

clean: ## Remove the environment, caches and build output; the data stays
	rm -rf $(VENV) tests/clients/node_modules $(FRONT)/node_modules app/web/dashboard/built build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path '*/node_modules/*' -prune -exec rm -rf {} +
