# Everything a developer runs. Each target does its own set-up in .venv; the second time that costs nothing.
PYTHON ?= python3
STACK ?= dev
SECONDS ?= 600
# Tests wait for the embedded AWS more than they calculate: two processes a core, each with an AWS of its own.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(8, 2 * os.cpu_count()))')
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help audit bench clean compliance demo deploy engine format fuzz hooks lint load local lock policy sbom schedules test workflows

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or later is needed; got $$($(PYTHON) --version). Name one: make PYTHON=python3.13 ..."; exit 2; }
	@echo "Setting up $(VENV) (a minute, once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tools/uv/requirements.txt
	@$(BIN)/uv pip install --quiet --require-hashes --python $(BIN)/python -r requirements.txt || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt # an index that only pip knows
	@touch $@

policy/.venv/.ready: policy/requirements.txt
	@$(PYTHON) -m venv policy/.venv
	@policy/.venv/bin/python -m pip install --quiet --disable-pip-version-check -r policy/requirements.txt
	@touch $@

policy: policy/.venv/.ready ## Set up the policy pack: pulumi preview --policy-pack policy

.build/prowler/.ready: compliance/requirements.txt
	@echo "Setting up prowler in .build/prowler (2 GB, some minutes, once) ..."
	@$(PYTHON) -m venv .build/prowler
	@.build/prowler/bin/python -m pip install --quiet --disable-pip-version-check -r compliance/requirements.txt
	@touch $@

compliance: $(VENV)/.ready policy/.venv/.ready .build/prowler/.ready ## Scan the deployed system by prowler, write the report for auditors
	@$(BIN)/python -m compliance

.build/bench/.ready: bench/requirements.txt
	@echo "Setting up what the function is measured against in .build/bench (a minute, once) ..."
	@$(PYTHON) -m venv .build/bench/env
	@.build/bench/env/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bench/requirements.txt
	@touch $@

bench: $(VENV)/.ready .build/bench/.ready ## Measure the function against what a user would pick instead
	@$(BIN)/python -m bench

demo: $(VENV)/.ready ## Deploy to the embedded AWS, send real signed webhooks, show what came of each
	@$(BIN)/python -m local demo

test: $(VENV)/.ready policy/.venv/.ready ## Run all tests
	@$(BIN)/python -m pytest -n $(WORKERS) tests/

engine: ## Build the Pulumi CLI for tests/engine, where none is installed (needs Go, some minutes, once)
	@tools/pulumi-cli/build

fuzz: $(VENV)/.ready ## Fuzz verifiers, parsers and masking, SECONDS=600 for each target
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r fuzz/requirements.txt
	@$(BIN)/python -m fuzz verify --seconds $(SECONDS) & other=$$!; \
		$(BIN)/python -m fuzz masking --seconds $(SECONDS); result=$$?; wait $$other && exit $$result
	@$(BIN)/python -m fuzz parse --seconds $(SECONDS) & other=$$!; \
		$(BIN)/python -m fuzz receive --seconds $(SECONDS); result=$$?; wait $$other && exit $$result

schedules: $(VENV)/.ready ## Try 10,000 schedules of deliveries, faults, deaths and redrives (an hour)
	@SCHEDULES=10000 $(BIN)/python -m pytest tests/unit/test_schedules.py

load: $(VENV)/.ready ## Send to the embedded AWS for a minute as fast as it takes it: rates, latencies, a plot
	@$(BIN)/python -m local load

local: $(VENV)/.ready ## Deploy to the embedded AWS and serve until interrupted, with the console
	@$(BIN)/python -m local up --console

lint: $(VENV)/.ready ## Check style, formatting and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@cd examples/downstream && MYPYPATH=../../schemas ../../$(BIN)/mypy --config-file ../../pyproject.toml --cache-dir ../../.mypy_cache .

format: $(VENV)/.ready ## Format the code
	@$(BIN)/ruff format .

hooks: $(VENV)/.ready ## Check each commit by the same tools, before it is made
	@$(BIN)/pre-commit install

deploy: $(VENV)/.ready ## Deploy to AWS: make deploy STACK=dev
	@command -v pulumi >/dev/null || { echo "The Pulumi CLI is needed: https://www.pulumi.com/docs/install/"; exit 2; }
	@PATH="$(abspath $(BIN)):$$PATH" pulumi up --stack $(STACK)

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-header --generate-hashes

lock: $(VENV)/.ready ## Write the lock files, with hashes, from the requirements.in beside each
	@$(LOCK) requirements.in -o requirements.txt
	@$(LOCK) $(foreach package,botocore jmespath python-dateutil six urllib3,--no-emit-package $(package)) \
		lambda_src/requirements.in -o lambda_src/requirements.txt
	@$(foreach part,bench compliance fuzz policy tools tools/uv,$(LOCK) $(part)/requirements.in -o $(part)/requirements.txt &&) true

.build/tools/.ready: tools/requirements.txt
	@$(PYTHON) -m venv .build/tools
	@.build/tools/bin/python -m pip install --quiet --disable-pip-version-check -r tools/requirements.txt
	@touch $@

sbom: .build/tools/.ready ## Write the artifact's bill of materials (CycloneDX) to .build/sbom.json
	@.build/tools/bin/cyclonedx-py requirements lambda_src/requirements.txt --output-reproducible --of JSON -o .build/sbom.json

audit: .build/tools/.ready ## Look up known vulnerabilities of what is shipped (asks pypi.org)
	@.build/tools/bin/pip-audit --strict --require-hashes --disable-pip -r lambda_src/requirements.txt

workflows: ## Check the workflows in .github by actionlint (needs Go)
	@go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12

clean: ## Remove the virtual environment, builds and caches
	@rm -rf $(VENV) policy/.venv .build .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
