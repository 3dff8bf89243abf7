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
dev: install ## run everything with data that stays, restarted when a file is saved (ARGS=--fakes for DashScope and OSS)
	@exec $(BIN)/python -m dev.develop $(ARGS)

.PHONY: seed
seed: install ## fill the data of make dev with people, purchases and emoji, whether it runs or not (ARGS="--users 12")
	@exec $(BIN)/python -m dev.seed $(ARGS)

.PHONY: production
production: install ## run it as production does, on loopback: nginx, 2 web servers, 2 workers, beat (ARGS="--port 8080")
	@exec $(BIN)/python -m dev.production $(ARGS)

.PHONY: test
test: install ## run the tests (ARGS="-k word" for some)
	@exec $(BIN)/python -m dev.run_tests $(ARGS)

# Without the journeys: those that kill processes hang under faketime.
.PHONY: test-at
test-at: install ## run the tests of the apps as if it were another time (WHEN="2027-01-02 23:58"; Debian: apt install faketime)
	@when=$$(date -u -d "$(or $(WHEN),never)" +%s) && \
		exec faketime -f "$$(printf %+d $$((when - $$(date +%s))))" $(BIN)/python -m dev.run_tests \
			$(or $(ARGS),--ignore=tests/journeys --ignore=tests/browser)

.PHONY: test-pgbouncer
test-pgbouncer: install ## run the tests of money, tasks and webhook through PgBouncer (Debian: apt install pgbouncer)
	@exec $(BIN)/python -m dev.test_via_pgbouncer $(ARGS)

.PHONY: check
check: static test ## everything CI asks for

.PHONY: static
static: lint format-check types imports migrations images ## what can be checked without running it

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

.PHONY: images
images: install ## are the Dockerfile and the compose files sound?
	@$(BIN)/python -m dev.check_images

.PHONY: alerts
alerts: ## run the cases of the alert rules, with Prometheus' own tool
	@command -v promtool >/dev/null || { echo "error: promtool is missing: it comes with Prometheus (Debian: apt install prometheus)" >&2; exit 1; }
	@promtool check rules docker/prometheus/alerts.yml
	@promtool test rules docker/prometheus/alerts.test.yml

.PHONY: migrate
migrate: install ## bring the database of make dev up to date
	@exec $(BIN)/python -m dev.manage migrate

.PHONY: manage
manage: install ## Django's command line on the data of make dev (ARGS="createsuperuser")
	@exec $(BIN)/python -m dev.manage $(ARGS)

.PHONY: backup
backup: install ## back up the data of make dev into var/backups (FOLDER=path for another place)
	@exec $(BIN)/python -m dev.manage backup "$(or $(FOLDER),var/backups)"

.PHONY: restore
restore: install ## fill the empty database that DATABASE_URL names (FILE=path of the backup)
	@exec $(BIN)/python -m dev.manage restore "$(FILE)"

.PHONY: remote-config-reference
remote-config-reference: install ## write docs/remote-config.md anew from the schema
	@$(BIN)/python manage.py remote_config_reference > docs/remote-config.md.new && mv docs/remote-config.md.new docs/remote-config.md

.PHONY: openapi
openapi: install ## write docs/openapi.json anew from the code
	@DATABASE_URL=postgresql://nobody@127.0.0.1:1/none $(BIN)/python manage.py spectacular --format openapi-json --validate --fail-on-warn --file docs/openapi.json

.PHONY: openapi-released
openapi-released: install ## at a release: from now on apps may rely on what docs/openapi.json says
	@$(BIN)/python -m dev.released_api

.PHONY: bench
bench: install ## time every endpoint beside the peer (REFERENCE=folder with load, peer_fastapi and limit; wants wrk)
	@exec $(BIN)/python -m dev.bench "$(REFERENCE)" $(ARGS)

.PHONY: bench-weekly-reward
bench-weekly-reward: install ## time the weekly reward against the shortest SQL for it (ARGS="--users 400000")
	@exec $(BIN)/python -m dev.bench_weekly_reward $(ARGS)

.PHONY: bench-worker
bench-worker: install ## time the making of emoji by two worker processes, beside the peer's with REFERENCE=folder (ARGS="--tasks 20000")
	@exec $(BIN)/python -m dev.bench_worker $(REFERENCE) $(ARGS)

.PHONY: bench-webhook
bench-webhook: install ## time RevenueCat events that arrive in a burst (ARGS="--per-second 0 --other http://…")
	@exec $(BIN)/python -m dev.bench_webhook $(ARGS)

.PHONY: bench-admin
bench-admin: install ## time every large list of the admin with a million rows (ARGS="--rows 1000000 --rounds 5")
	@exec $(BIN)/python -m dev.bench_admin $(ARGS)

.PHONY: secrets
secrets: ## print new secrets for compose.yaml (make secrets >> .env)
	@exec $(PYTHON) -m dev.new_secrets

.PHONY: compose-test
compose-test: install ## build the image, bring compose.yaml up and use it (starts a Docker engine if none answers; 3: it cannot)
	@exec $(BIN)/python -m dev.compose_test

.PHONY: bench-database-crash
bench-database-crash: install ## how soon is everybody served again when PostgreSQL has crashed? (ARGS="--rounds 3")
	@exec $(BIN)/python -m dev.bench_database_crash $(ARGS)

.PHONY: bench-migration
bench-migration: install ## how long do customers wait while a ledger of millions of rows is migrated? (ARGS="--rows 5000000")
	@exec $(BIN)/python -m dev.bench_migration $(ARGS)

.PHONY: chaos
chaos: install ## kill any process of a production site at random, under load (ARGS="--minutes 5 --seed 1")
	@exec $(BIN)/python -m dev.chaos $(ARGS)

.PHONY: restarts
restarts: install ## stop and start web servers, workers and beat without a pause, under load (ARGS="--minutes 10 --only worker")
	@exec $(BIN)/python -m dev.restarts $(ARGS)

.PHONY: rolling-release
rolling-release: install ## replace a site of an older commit by what is checked out, under load (OLD=v1.2 ARGS="--minutes 2")
	@exec $(BIN)/python -m dev.rolling_release $(OLD) $(ARGS)

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
