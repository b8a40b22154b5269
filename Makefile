# Everything happens in .venv and in the user's cache folder; nothing is installed anywhere else.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

# Compiled modules are kept, whatever the environment says: every test starts processes that would compile them anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
BIN := $(if $(filter Windows_NT,$(OS)),Scripts,bin)
RUN := $(VENV)/$(BIN)/

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
long: $(VENV)/ready ## Run the slow tests: an incident at the real rate limit, late PUTs, killed CLIs, any answer to the native provider
	@$(RUN)pytest tests/incident/long_run.py tests/chaos/long_run.py
	@DIGICERT_TEST_FRONT_END=native $(RUN)pytest -n 6 tests/arbitrary_answers tests/properties

.PHONY: reference
reference: $(VENV)/ready ## Write docs/reference and the plugin's schema from the docstrings
	@$(RUN)python tools/reference/reference.py
	@$(RUN)python -m tools.reference.schema

.PHONY: sdk
sdk: ## Write the SDKs of the native provider for TypeScript, Go and Python into build/sdk (needs Go)
	@rm -rf build/sdk
	@go -C tools/pulumi/sdk run . $(CURDIR)/digicert_pulumi/native/schema.json $(CURDIR)/build/sdk

EXAMPLES := build/sdk-examples

.PHONY: check-sdk
check-sdk: sdk ## Compile the examples in TypeScript and Go against the SDKs (needs Node.js and Go)
	@rm -rf $(EXAMPLES)
	@mkdir -p $(EXAMPLES)
	@cp -r examples/typescript examples/go $(EXAMPLES)
	@npm --prefix $(EXAMPLES)/typescript install --silent --no-audit --no-fund --ignore-scripts
	@cp -r build/sdk/nodejs $(EXAMPLES)/typescript/node_modules/@pulumi/digicert
	@cd $(EXAMPLES)/typescript && npx tsc
	@cp -r build/sdk/go/digicert $(EXAMPLES)/go/digicert
	@cd $(EXAMPLES)/go && go mod init example.com/pulumi-digicert/sdk/go >/dev/null 2>&1 && \
	    go mod edit -require github.com/pulumi/pulumi/sdk/v3@v$$(sed -n 's|.*github.com/pulumi/pulumi/sdk/v3 v\([^ ]*\).*|\1|p' $(CURDIR)/tools/pulumi/sdk/go.mod) && \
	    go mod tidy >/dev/null 2>&1 && go vet ./...

PROGRAMS = $(wildcard examples/*/__main__.py examples/*/*/__main__.py digicert_pulumi/incident/program/__main__.py)

.PHONY: style
style: $(VENV)/ready ## Check style
	@$(RUN)ruff check .
	@$(RUN)ruff format --check .

.PHONY: lint
lint: style ## Check style and types
	@$(RUN)mypy
	@$(RUN)mypy --platform win32 digicert_pulumi sandbox/certcentral_sandbox
	@for program in $(PROGRAMS); do $(RUN)mypy --no-error-summary "$$program" || exit 1; done
	@$(RUN)ty check --quiet --python $(VENV) tests/typing/api.py
	@$(RUN)python tools/reference/reference.py --check
	@$(RUN)python -m tools.reference.schema --check

.PHONY: check
check: lint test coverage ## Run what has to pass before a change lands: style, types, the reference, the tests, the coverage

.PHONY: test
test: $(VENV)/ready ## Run the tests, on the real engine; with CI=true the slow ones too; those in a browser are `make test-browser`
	@$(RUN)pytest -n 5 --dist worksteal -m 'not browser$(if $(CI),, and not slow)'

SEARCHES := tests/chaos tests/properties tests/arbitrary_answers tests/tools

.PHONY: test-fast
test-fast: $(VENV)/ready ## Run the tests that need no engine, without those that search for faults and those of the tools
	@$(RUN)pytest -n 4 --dist worksteal -m 'not browser and not slow and not engine' $(SEARCHES:%=--ignore=%)

.PHONY: coverage
coverage: $(VENV)/ready ## Run the tests that need no engine once more, and fail if they reach less than 90 percent of the package
	@$(RUN)coverage erase
	@$(RUN)coverage run -m pytest -q -n 4 --dist worksteal -m 'not browser and not slow and not engine'
	@$(RUN)coverage combine --quiet
	@$(RUN)coverage report --skip-covered --sort=cover --format=total

.PHONY: test-browser
test-browser: $(VENV)/ready ## Open the pages that the package writes in a browser (needs Chromium or Chrome)
	@$(RUN)pytest -m browser

.PHONY: test-distributions
test-distributions: $(VENV)/ready ## Build both distributions, and run each where nothing else is
	@$(RUN)pytest --noconftest tests/packaging

TOOLS := .venv-tools
USE := $(TOOLS)/$(BIN)/

$(TOOLS)/ready: tools/packaging/requirements.txt
	@echo "Setting up $(TOOLS) (tools for releases and workflows)"
	@$(PYTHON) -m venv $(TOOLS)
	@$(USE)pip install --quiet --disable-pip-version-check --no-deps --requirement $<
	@touch $@

.PHONY: lint-workflows
lint-workflows: $(TOOLS)/ready ## Check .github: actionlint (needs Go), zizmor, the schemas of the forms
	@go -C tools/actionlint build -o ../../$(USE)actionlint github.com/rhysd/actionlint/cmd/actionlint
	@$(USE)actionlint
	@$(USE)zizmor --offline --quiet --persona pedantic .github
	@$(USE)check-jsonschema --quiet --builtin-schema vendor.github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	@$(USE)check-jsonschema --quiet --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml

.PHONY: dist
dist: $(VENV)/ready $(TOOLS)/ready ## Build what a release uploads into dist/, check it, and write its bills of materials into build/sbom/
	@rm -rf dist build/sbom
	@for folder in . sandbox; do (cd $$folder && $(CURDIR)/$(RUN)python -m hatchling build --directory $(CURDIR)/dist) || exit 1; done
	@$(USE)twine check --strict dist/*
	@for wheel in dist/*.whl; do \
	    name="$$(basename "$$wheel" | cut -d- -f1)" && $(PYTHON) -m venv --without-pip build/sbom/$$name && \
	    $(RUN)pip --python build/sbom/$$name/$(BIN)/python install --quiet --constraint constraints.txt "$$wheel" && \
	    $(USE)cyclonedx-py environment --output-reproducible --of JSON -o build/sbom/$$name.cdx.json build/sbom/$$name || exit 1; \
	    rm -rf build/sbom/$$name; \
	done

.PHONY: release-notes
release-notes: ## Write the changelog of TAG (v1.2.3) into build/notes.md; fails unless the version is TAG's and has a date
	@mkdir -p build
	@grep -qx 'VERSION = "$(TAG:v%=%)"' digicert_pulumi/_version.py || { echo "$(TAG) is not the package's version"; exit 1; }
	@grep -qE '^## $(TAG:v%=%) \([0-9]{4}-[0-9]{2}-[0-9]{2}\)$$' CHANGELOG.md || { echo "$(TAG) has no date in CHANGELOG.md"; exit 1; }
	@sed -n '/^## $(TAG:v%=%) /,/^## /{/^## /d;p;}' CHANGELOG.md >build/notes.md
