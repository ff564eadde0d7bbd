# Everything a developer needs. A fresh clone needs Python 3.11 or newer, make and a package index.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := scripts/uv
# Compiled once, not by each process that starts, of which the tests start hundreds.
SYNC := $(UV) pip sync --quiet --require-hashes --compile-bytecode
unexport PYTHONDONTWRITEBYTECODE
CODE := $(sort $(dir $(wildcard */*.py)))

BOOTSTRAPPED := $(VENV)/.bootstrapped
DEV := $(VENV)/.dev
RUN := $(VENV)/.run
BQEMULATOR := .venv-bqemulator/.synced
CODEGEN := .venv-codegen/.synced
PEERS := adk chainlit langchain langgraph
# The protocol audits are a Node package; without npm their tests are skipped.
CLIENT_TEXTS := build/client.pot
GRAPHIQL := recollect/http/graphiql_files/.made
CLIENTS := tests/front_ends/node_modules examples/web/node_modules
NODE := $(if $(shell command -v npm),node_modules $(GRAPHIQL) $(CLIENTS))
# The development environment includes everything that running needs.
RUNNABLE := $(if $(wildcard $(DEV)),$(DEV),$(RUN))
# Tested besides the one of the environment, where they are installed.
OTHER_PYTHONS := 3.11 3.12 3.13
PYTEST := $(BIN)/python -m pytest --dist loadfile --no-loadscope-reorder
# For two cores: a third of the time, tests wait for a disk, a page or a clock.
WORKERS := 3
# Unit tests first; then the longest files, and the many short ones last, so that all workers end together.
FIRST := tests/unit/ tests/e2e/ tests/faults/
TESTS := $(FIRST) $(filter-out $(FIRST) tests/__pycache__/,$(sort $(wildcard tests/*/)))

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test test-fast test-random test-faults test-pythons check-pythons soak check audit architecture \
	emulators bench bench-peers simulate lock proto schema release-schema client messages clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(DEV) $(BQEMULATOR) $(CODEGEN) $(NODE) ## Install everything development needs

run: $(RUNNABLE) ## Start the API and the client on this machine
	$(BIN)/recollect dev

test: $(DEV) $(BQEMULATOR) $(CODEGEN) $(NODE) ## Run all tests on two cores, unit tests first
	$(PYTEST) --numprocesses $(WORKERS) --durations 25 $(TESTS)

test-fast: $(DEV) ## Run the unit tests and contracts, but for emulators and worst cases
	$(PYTEST) --numprocesses $(WORKERS) --without-emulators -m "not worst_case" tests/unit tests/contract

test-random: $(DEV) $(BQEMULATOR) ## Run the property tests with fresh seeds (EXAMPLES=5000)
	EXAMPLES=$(EXAMPLES) $(PYTEST) --numprocesses 2 --hypothesis-profile random $(TESTS)

test-faults: $(DEV) $(BQEMULATOR) ## Run the mirror through many faults (FAULT_SEEDS=20)
	FAULT_SEEDS=$(or $(FAULT_SEEDS),20) $(BIN)/python -m pytest tests/faults/test_fault_runs.py

soak: $(DEV) $(BQEMULATOR) ## Let 20 attackers and 20 honest users at one server for a minute
	$(BIN)/python -m tests.attacks.soak

test-pythons: $(DEV) ## Run the unit tests on each other version of Python that is installed
	@for version in $(OTHER_PYTHONS); do scripts/on_python $$version --numprocesses 2 tests/unit || exit 1; done

check-pythons: $(DEV)
	@for version in $(OTHER_PYTHONS); do scripts/on_python $$version tests/unit/recollect/test_logs.py \
		tests/unit/stores tests/unit/resolvers tests/unit/analytics/test_concurrency.py || exit 1; done

check: $(DEV) $(CODEGEN) check-pythons ## Check style, types, import rules, the schema and what is generated
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports
	$(BIN)/python scripts/generate_client.py --check
	$(BIN)/python scripts/check_schema.py
	$(BIN)/python scripts/find_secrets.py
	$(BIN)/python scripts/audit_locks.py
	$(BIN)/python -m pytest --quiet tests/unit/project/test_architecture.py \
		tests/unit/project/test_developer_documents.py tests/unit/schema/test_schema.py

audit: $(DEV) ## Compare the locked dependencies with the known vulnerabilities; fails where OSV is out of reach
	$(BIN)/python scripts/audit_locks.py --required

architecture: $(DEV) ## Bring the tables of docs/architecture.md up to date
	$(BIN)/python scripts/folder_imports.py --write

emulators: $(DEV) $(BQEMULATOR) ## Start the Firestore and BigQuery emulators for hand work
	@$(BIN)/python -m tests.emulators

bench: $(DEV) $(BQEMULATOR) ## Measure; with CHATS=folder, what search finds again of the chats in it as well
	$(BIN)/python -m bench
	$(if $(CHATS),$(BIN)/python -m bench.search_quality $(CHATS))

bench-peers: $(DEV) $(BQEMULATOR) ## Measure beside LangGraph, ADK, LangChain and Chainlit
	-$(MAKE) --keep-going $(PEERS:%=.venv-peer-%/.synced)
	$(BIN)/python -m bench.peers

COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" $(UPGRADE)

simulate: $(DEV) $(BQEMULATOR) ## Measure what mirroring costs, and simulate 100,000 writes a second
	$(BIN)/python -m bench.simulate

lock: $(BOOTSTRAPPED) ## Lock all dependencies anew (UPGRADE=--upgrade takes newer versions)
	$(COMPILE) locks/bootstrap.in -o locks/bootstrap.txt
	$(COMPILE) pyproject.toml --all-extras -o locks/dev.txt
	$(COMPILE) pyproject.toml --extra client --extra meaning --extra build -c locks/dev.txt -o locks/run.txt
	$(COMPILE) pyproject.toml --extra gcp --extra tracing --extra client --extra meaning --extra build \
		-c locks/dev.txt -o locks/server.txt
	$(COMPILE) locks/bqemulator.in -o locks/bqemulator.txt
	$(COMPILE) locks/codegen.in -o locks/codegen.txt
	for peer in $(PEERS); do $(COMPILE) locks/peers/$$peer.in -o locks/peers/$$peer.txt || exit 1; done

proto: $(DEV) ## Regenerate the mirror's row messages
	$(BIN)/python -m grpc_tools.protoc --proto_path=. --python_out=. --pyi_out=. analytics/warehouse/bigquery/rows.proto

schema: $(DEV) ## Write schema/schema.graphql and docs/archive.schema.json anew
	$(BIN)/recollect schema > schema/schema.graphql
	$(BIN)/recollect schema --archive > docs/archive.schema.json

release-schema: $(DEV) ## Promise clients the schema as it is now
	$(BIN)/python scripts/check_schema.py --release

client: $(DEV) $(CODEGEN) ## Generate the typed client anew, and its trusted documents
	$(BIN)/python scripts/generate_client.py

messages: $(DEV) ## Bring the catalogues of the client's texts up to date; translate what is new in them
	mkdir -p build
	$(BIN)/pybabel --quiet extract --keywords N_ --no-location --project Recollect -o $(CLIENT_TEXTS) client
	$(BIN)/pybabel --quiet update --domain client --input-file $(CLIENT_TEXTS) --output-dir client/locale \
		--width 110 --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date

clean: ## Remove environments, caches and build results; data stays
	rm -rf $(VENV) .venv-bqemulator .venv-codegen .venv-peer-* .venv-3.* .pytest_cache .mypy_cache .ruff_cache .import_linter_cache \
		.hypothesis build dist node_modules $(CLIENTS)
	find $(CODE) -name __pycache__ -prune -exec rm -rf {} +

$(BOOTSTRAPPED): locks/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.x")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r locks/bootstrap.txt
	@touch $@

$(RUN): locks/run.txt pyproject.toml $(BOOTSTRAPPED)
	$(SYNC) --python $(BIN)/python locks/run.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): locks/dev.txt pyproject.toml $(BOOTSTRAPPED)
	$(SYNC) --python $(BIN)/python locks/dev.txt
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(BQEMULATOR): locks/bqemulator.txt $(BOOTSTRAPPED)
	test -x .venv-bqemulator/bin/python || $(PYTHON) -m venv --without-pip .venv-bqemulator
	$(SYNC) --python .venv-bqemulator/bin/python locks/bqemulator.txt
	@touch $@

$(CODEGEN): locks/codegen.txt $(BOOTSTRAPPED)
	test -x .venv-codegen/bin/python || $(PYTHON) -m venv --without-pip .venv-codegen
	$(SYNC) --python .venv-codegen/bin/python locks/codegen.txt
	@touch $@

.venv-peer-%/.synced: locks/peers/%.txt $(BOOTSTRAPPED)
	test -x $(@D)/bin/python || $(PYTHON) -m venv --without-pip $(@D)
	$(SYNC) --python $(@D)/bin/python $<
	@touch $@

node_modules: package.json package-lock.json
	npm ci --silent
	@touch $@

# GraphiQL's scripts, which the API then serves itself.
# The GraphQL clients of front ends, for the tests that run them, and the example of a front end.
$(CLIENTS): %/node_modules: %/package.json %/package-lock.json
	npm ci --silent --ignore-scripts --prefix $*
	@touch $@

$(GRAPHIQL): node_modules $(DEV)
	$(BIN)/python scripts/graphiql_files.py
	@touch $@
