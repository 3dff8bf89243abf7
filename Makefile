# Every command of this project. Needed: make and Python 3.11 or newer; the rest is installed into .venv by the first one.
PYTHON ?= python3
# More words for the command: make test ARGS="-k ledger"
ARGS ?=
# Another portrait: make demo PHOTO=~/me.jpg
PHOTO ?=

BIN := .venv/bin
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help

.PHONY: help
help: ## show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 25

.PHONY: install
install: ## create .venv with the pinned packages; every command below does it where it is needed
	@exec $(PYTHON) dev/install.py

.PHONY: demo
demo: install ## run everything, and play a phone that buys points and makes an emoji (PHOTO=path for another portrait)
	@exec $(BIN)/python -m dev.demo $(if $(PHOTO),--photo "$(PHOTO)")

.PHONY: dev
dev: install ## run everything with data that stays, restarted when a file is saved
	@exec $(BIN)/python -m dev.develop

.PHONY: test
test: install ## run the tests (ARGS="-k word" for some)
	@exec $(BIN)/python -m dev.run_tests $(ARGS)

.PHONY: check
check: lint format-check types imports migrations test ## everything CI asks for

.PHONY: lint
lint: install ## find mistakes and bad habits
	@$(BIN)/ruff check

.PHONY: format
format: install ## lay out the code
	@$(BIN)/ruff format

.PHONY: format-check
format-check: install ## is the code laid out?
	@$(BIN)/ruff format --check

.PHONY: types
types: install ## check the types
	@$(BIN)/mypy

.PHONY: imports
imports: install ## check who imports whom
	@$(BIN)/lint-imports

# It compares models with files; the database it would like to ask first is not needed, so none is named.
.PHONY: migrations
migrations: install ## is a migration missing?
	@DATABASE_URL=postgresql://nobody@127.0.0.1:1/none $(BIN)/python -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

.PHONY: migrate
migrate: install ## bring the database of make dev up to date
	@exec $(BIN)/python -m dev.manage migrate

.PHONY: manage
manage: install ## Django's command line on the data of make dev (ARGS="createsuperuser")
	@exec $(BIN)/python -m dev.manage $(ARGS)

.PHONY: remote-config-reference
remote-config-reference: install ## write docs/remote-config.md anew from the schema
	@$(BIN)/python manage.py remote_config_reference > docs/remote-config.md.new && mv docs/remote-config.md.new docs/remote-config.md

.PHONY: openapi
openapi: install ## write docs/openapi.json anew from the code
	@DATABASE_URL=postgresql://nobody@127.0.0.1:1/none $(BIN)/python manage.py spectacular --format openapi-json --validate --fail-on-warn --file docs/openapi.json

.PHONY: bench-weekly-reward
bench-weekly-reward: install ## time the weekly reward against the shortest SQL for it (ARGS="--users 400000")
	@exec $(BIN)/python -m dev.bench_weekly_reward $(ARGS)

.PHONY: requirements
requirements: install ## pin what requirements/*.in ask for
	@for set in base dev; do \
		UV_PYTHON_DOWNLOADS=never UV_CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/uv pip compile --quiet \
			--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
			$(ARGS) requirements/$$set.in --output-file requirements/$$set.txt || exit 1; \
	done

.PHONY: clean
clean: ## remove .venv, and everything the commands made in var (the data of make dev too)
	@rm -rf .venv var .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
