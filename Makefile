# Two commands matter: `make demo` and `make test`. Both do all the set-up themselves; see README.md.

.DEFAULT_GOAL := help
.PHONY: help demo test check lint bench up status stop clean-run ci

# The checked queries are compared with .sqlx/, so that building needs no database.
export SQLX_OFFLINE ?= true

help: ## what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## the main job on real parts: a generated book of invoices, one virtual day a second
	@scripts/demo.sh

test: ## all tests, against real Postgres, RabbitMQ and SMTP
	@scripts/test.sh

check: ## the shipped workflows, templates and providers
	@cargo run --quiet -- check workflows && cargo run --quiet -- test workflows/scenarios

lint: ## formatting, clippy, documentation
	@scripts/lint.sh

bench: ## events to durable state, and the floor they are compared with
	@scripts/tools.sh build
	@scripts/services.sh run cargo run --release -- bench intake

up: ## start Postgres and RabbitMQ only, and print their addresses
	@scripts/services.sh env

status: ## what runs for this project
	@scripts/services.sh status

stop: ## stop what was started for this project
	@scripts/services.sh stop

clean-run: ## stop it and remove its data
	@scripts/services.sh remove

ci: ## everything that must pass before a change is merged
	@.ci/run
