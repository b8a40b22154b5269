# Everything happens in .venv and in the user's cache folder; nothing is installed anywhere else.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

# Compiled modules are kept, whatever the environment says: every test starts processes that would compile them anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/

$(VENV)/ready: pyproject.toml sandbox/pyproject.toml constraints.txt
	@echo "Setting up $(VENV) (Python packages, pinned in constraints.txt)"
	@$(PYTHON) -m venv $(VENV)
	@$(RUN)pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]' --editable sandbox
	@touch $@

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

QUICKSTART = engine="$$($(RUN)python tools/pulumi/engine.py --quiet)" && exec $(RUN)python tools/quickstart/quickstart.py --engine "$$engine"

.PHONY: up
up: $(VENV)/ready ## Revoke an order of a CertCentral sandbox: preview, up, outputs
	@$(QUICKSTART) up

.PHONY: approve reject
approve: $(VENV)/ready ## Approve the open request, as the sandbox's administrator
	@$(QUICKSTART) approve
reject: $(VENV)/ready ## Reject the open request, as the sandbox's administrator
	@$(QUICKSTART) reject

.PHONY: refresh
refresh: $(VENV)/ready ## Read the outcome of the revocation
	@$(QUICKSTART) refresh

.PHONY: down
down: $(VENV)/ready ## Destroy the stack, stop the sandbox, remove everything that `make up` created
	@$(QUICKSTART) down

.PHONY: picture
picture: $(VENV)/ready ## Draw the README's picture, docs/preview.svg, from a real `make up`
	@$(QUICKSTART) down
	@$(RUN)python tools/terminal_svg.py docs/preview.svg --first 'pulumi preview' --last 'to create' make up

.PHONY: chaos
chaos: $(VENV)/ready ## Run the fault campaign on the real engine, and write its table into docs/faults.md
	@$(RUN)python tools/chaos/campaign.py --write
	@$(RUN)python tools/chaos/answers.py --write

.PHONY: bench
bench: $(VENV)/ready ## Measure calls, engine time and a simulated incident, for docs/benchmarks.md and the README
	@$(RUN)python -m benchmarks

.PHONY: long
long: $(VENV)/ready ## Run the slow tests: an incident at the real rate limit, PUTs that are processed late, killed CLIs
	@$(RUN)pytest tests/incident/long_run.py tests/chaos/long_run.py

.PHONY: reference
reference: $(VENV)/ready ## Write docs/reference from the docstrings
	@$(RUN)python tools/reference/reference.py

PROGRAMS = $(wildcard examples/*/__main__.py examples/*/*/__main__.py digicert_pulumi/incident/program/__main__.py)

.PHONY: lint
lint: $(VENV)/ready ## Check style and types
	@$(RUN)ruff check .
	@$(RUN)ruff format --check .
	@$(RUN)mypy
	@$(RUN)mypy --platform win32 digicert_pulumi sandbox/certcentral_sandbox
	@for program in $(PROGRAMS); do $(RUN)mypy --no-error-summary "$$program" || exit 1; done
	@$(RUN)ty check --quiet --python $(VENV) tests/typing/api.py
	@$(RUN)python tools/reference/reference.py --check

.PHONY: check
check: lint test ## Run what has to pass before a change lands: style, types, the reference, all the tests

.PHONY: test
test: $(VENV)/ready ## Run all the tests, on the real engine
	@$(RUN)pytest -n 6 --dist worksteal
