# Every target stands on its own: on a fresh Debian 12 machine, as root, it first installs what the
# machine lacks. A second call finds everything in place.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
FLEET := $${MINUSNOW_PRACTICE_DIR:-/var/lib/minusnow-practice}
UV_COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile pyproject.toml --quiet \
	--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate

# PROGRAM=PACKAGE: servers and checkers that the tests run, beyond what the practice fleet needs.
TEST_PROGRAMS := '/usr/lib/postgresql/*/bin/initdb=postgresql' redis-server=redis-server \
	haproxy=haproxy nginx=nginx keepalived=keepalived nft=nftables sshd=openssh-server \
	ssh-agent=openssh-client sudo=sudo ufw=ufw openssl=openssl setpriv=util-linux ps=procps \
	chromium=chromium tmux=tmux curl=curl
FLEET_PROGRAMS = $$($(BIN)/python -c 'from wizard.practice.requirements import PROGRAMS; \
	print(*map("=".join, PROGRAMS.items()))')

.PHONY: help
help: ## Show the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: demo
demo: $(READY) ## Build a practice fleet of eight hosts and install MinusNow's stand-in on it
	@.ci/provide $(FLEET_PROGRAMS)
	@$(BIN)/minusnow-setup practice demo

.PHONY: test
test: $(READY) ## Run all tests, those on real hosts last (root)
	@.ci/provide $(FLEET_PROGRAMS) $(TEST_PROGRAMS)
	@$(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder

.PHONY: test-faults
test-faults: $(READY) ## Run the complete fault matrix on the practice fleet and print its table (root)
	@.ci/provide $(FLEET_PROGRAMS) $(TEST_PROGRAMS) cc=gcc /usr/include/stdio.h=libc6-dev
	@$(BIN)/pytest --complete tests/faults tests/cli/test_program_ends.py tests/cli/test_state_remedies.py \
		tests/steps/test_hostile_sites.py tests/fleet/test_early_refusals.py \
		tests/fleet/test_first_rotation.py tests/fleet/test_second_install.py tests/fleet/faults

.PHONY: check
check: $(READY) ## Check style, types and the arrows between packages
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/mypy --no-error-summary
	@said=$$($(BIN)/lint-imports --no-logo) || { echo "$$said"; exit 1; }
	@echo "check: style, types and imports are in order"

.PHONY: bench
bench: $(READY) ## Measure transport, screens, a first install and a no-op apply beside their targets (root)
	@.ci/provide $(FLEET_PROGRAMS) $(TEST_PROGRAMS)
	@$(BIN)/python -m tests.bench

.PHONY: pictures
pictures: $(READY) ## Take the README's pictures anew, on simulated hosts
	@$(BIN)/python -m tests.pictures

.PHONY: venv
venv: $(READY) ## Make .venv from requirements-dev.lock

$(READY): requirements-dev.lock pyproject.toml
	@.ci/provide python3=python3 python3-venv=python3-venv
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	@test -x $(BIN)/python || python3 -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes \
		--requirement requirements-dev.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps \
		--no-build-isolation --editable .
	@touch $@

.PHONY: lock
lock: $(READY) ## Renew requirements.lock and requirements-dev.lock
	@$(UV_COMPILE) --upgrade --output-file requirements.lock
	@$(UV_COMPILE) --upgrade --group dev --constraint requirements.lock \
		--output-file requirements-dev.lock

.PHONY: fleet-down
fleet-down: ## End the practice fleet; what was downloaded is kept
	@if [ -d $(FLEET)/hosts ]; then $(MAKE) venv && $(BIN)/minusnow-setup practice down; fi

.PHONY: clean
clean: fleet-down ## End the practice fleet, remove .venv and caches
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
