# One way for people and for the build. `make` alone lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.SUFFIXES:

BIN := .venv/bin
# A stamp changes its name with the content of the locks: unchanged locks install nothing a second time.
RUN_STAMP := .venv/.installed-run-$(shell cat requirements/build.txt requirements/run.txt pyproject.toml | sha256sum | cut -c1-12)
DEV_STAMP := .venv/.installed-dev-$(shell cat requirements/build.txt requirements/dev.txt pyproject.toml tests/foreign/package-lock.json | sha256sum | cut -c1-12)
PYTHON_FILES := src tests tools bench
# ARGS goes through to the command: make test ARGS="-k promise -x"
ARGS ?=
WORKERS ?= auto
SHARED := --numprocesses $(WORKERS) --dist worksteal

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 12

$(RUN_STAMP):
	@tools/setup.sh run
	@touch $@

$(DEV_STAMP):
	@tools/setup.sh dev
	@tools/node.sh
	@touch $@ $(RUN_STAMP)

.PHONY: install
install: $(DEV_STAMP) ## install everything that development needs into .venv

.PHONY: run
run: $(RUN_STAMP) ## measure a real year of flights, then run a firm before the gate, live (ONCE=1 ends by itself; KEEP=1)
	@ONCE=$(ONCE) KEEP=$(KEEP) $(BIN)/python -m troth.surfaces.demo $(ARGS)

.PHONY: test
test: $(DEV_STAMP) ## run the tests, the slow ones included, on all processors (WORKERS=0: in one process)
	@$(BIN)/pytest -q $(SHARED) $(ARGS)

.PHONY: thorough
thorough: $(DEV_STAMP) ## run every test with the big profile (many minutes)
	@TROTH_PROFILE=thorough $(BIN)/pytest -q --timeout=3600 $(ARGS)

.PHONY: reliability
reliability: $(DEV_STAMP) ## run the whole reliability suite and write its figures into the docs (most of an hour)
	@$(BIN)/python -m tests.reliability $(ARGS)

.PHONY: bench
bench: $(DEV_STAMP) ## measure against floors of the same run and print the table of bars
	@$(BIN)/python -m bench.run $(ARGS)

.PHONY: check
check: lint quick ## all that must hold before a commit: lint, strict types, import contracts, quick tests with coverage

.PHONY: lint
lint: $(DEV_STAMP) ## format, lint, strict types, import contracts (all of them, then fail if one did)
	@$(BIN)/python -m tools.lint

.PHONY: quick
quick: $(DEV_STAMP) ## run the quick tests, with branch coverage of the core
	@$(BIN)/pytest -q -m "not slow" --cov --cov-report=term $(ARGS)

.PHONY: format
format: $(DEV_STAMP) ## put formatting and import order right
	@$(BIN)/ruff check --quiet --fix-only $(PYTHON_FILES)
	@$(BIN)/ruff format --quiet $(PYTHON_FILES)

.PHONY: docs
docs: $(DEV_STAMP) ## build the documentation site into site/, strictly: any warning fails
	@$(BIN)/python -m tools.site
	@echo "site/index.html: open it in a browser, no server is needed"

.PHONY: docs-test
docs-test: $(DEV_STAMP) ## run every block and follow every link of the documentation, and try the site in a browser
	@$(BIN)/pytest -q tests/repo/test_docs.py tests/repo/test_site.py tests/browser/test_docs_site.py $(ARGS)

.PHONY: screenshots
screenshots: $(DEV_STAMP) ## make the pictures of the README anew
	@$(BIN)/python -m tools.screenshots $(ARGS)

.PHONY: lighthouse
lighthouse: $(DEV_STAMP) ## audit a customer's page by Lighthouse: at least 95 points in each category
	@$(BIN)/python -m tools.audit $(ARGS)

.PHONY: security
security: $(DEV_STAMP) ## run bandit and semgrep on the source, and wapiti on the running product
	@tools/security.sh
	@$(BIN)/python -m tools.security
	@$(BIN)/python -m tools.wapiti $(ARGS)

LOCK := $(BIN)/uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
	--python-version 3.11 --python-platform linux
.PHONY: lock
lock: $(DEV_STAMP) ## resolve requirements/*.in anew into pinned, hashed locks (UPGRADE=--upgrade takes newer versions)
	@$(LOCK) $(UPGRADE) requirements/build.in -o requirements/build.txt
	@$(LOCK) $(UPGRADE) requirements/run.in -o requirements/run.txt
	@$(LOCK) $(UPGRADE) requirements/dev.in -o requirements/dev.txt

.PHONY: clean
clean: ## remove what can be made again (.venv stays: `rm -rf .venv` for a fresh start)
	@rm -rf build dist site var .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis .coverage
	@find src tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} +
