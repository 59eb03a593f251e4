# One door: `make help`. Every target sets up what it needs.
.DEFAULT_GOAL := help
LAKE := .venv/bin/lake
PYTHON := .venv/bin/python

.PHONY: help setup up down demo bi check test-fast test test-bi test-demo test-long test-faults bench bench-check clean lock

help: ## Tell what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the locked environment and jars (the second time: nothing to do)
	@local_stack/setup/setup.sh

up: setup ## Start the embedded stack
	@$(LAKE) up

down: setup ## Stop the embedded stack
	@$(LAKE) down

demo: setup ## Simulate eight days of life and bring them through the lakehouse into both warehouses
	@$(LAKE) demo

bi: ## Open the marts in Superset, installed the first time (800 MB); the stack of `make demo` must be up
	@local_stack/setup/setup.sh bi
	@$(LAKE) bi

check: setup ## Format, lint, types, import rules, SQL, contracts, stale generated files
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy lake_layout expectations spark_jobs local_stack lake_cli dags benchmarks
	@.venv/bin/lint-imports
	@.venv/bin/sqlfluff lint dbt_project/models
	@$(LAKE) contracts check

test-fast: setup ## The tests that need no services (under two minutes)
	@$(PYTHON) -m pytest -m "not services"

test: check ## All checks, and the tests that an hour has room for; they start stacks of their own
	@$(PYTHON) -m pytest

test-bi: ## Superset's dashboards in a real browser, on a stack of their own (installs it as `make bi` does)
	@local_stack/setup/setup.sh bi
	@$(PYTHON) -m pytest -m bi

test-demo: setup ## Run the demo and hold its answers against the page of questions (10 minutes)
	@LAKE_TEST_DEMO=1 $(PYTHON) -m pytest tests/end_to_end/test_demo.py

test-long: setup ## A week on S3, a dataset added by the guide, search, backfills, a cluster, pages (45 minutes)
	@$(PYTHON) -m pytest -m long

test-faults: setup ## Kill programs at work: KILLS=100 times over a week, at points that SEED=1 chooses (90 minutes)
	@LAKE_TEST_KILLS=$(or $(KILLS),100) LAKE_TEST_SEED=$(or $(SEED),1) $(PYTHON) -m pytest tests/faults/test_kills.py

BENCH := LAKE_HOME=$(CURDIR)/.lake-bench/$(or $(SIZE),S) LAKE_PORT_OFFSET=2000 LAKE_AIRFLOW__SCHEDULES_FROM=2100-01-01T00:00:00Z \
	LAKE_SPARK__CLASS_PATH="$(CURDIR)/.lake/jars/jdbc/*"

bench: setup ## Ours beside its peers on the same events: SIZE=S (1 M events, half an hour), M (10 M) or L (50 M)
	@$(PYTHON) -m local_stack.jars fetch jdbc
	@$(BENCH) $(PYTHON) -m benchmarks run --size $(or $(SIZE),S)
	@$(BENCH) $(LAKE) down

bench-check: setup ## Compare two results of benches, OLD=… NEW=…: fails where ours has become slower beyond noise
	@$(PYTHON) -m benchmarks check $(OLD) $(NEW)

LOCK := .lake/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url

lock: setup ## Renew the locks of packages and jars from pyproject.toml and jars.toml
	@$(LOCK) --group dev pyproject.toml --output-file requirements.lock
	@$(LOCK) --group bi --output-file local_stack/superset/requirements.lock
	@$(PYTHON) -m local_stack.jars lock

clean: ## Stop the stack and delete its data; the environment and the jars stay
	@if [ -x $(LAKE) ]; then $(LAKE) clean; fi
