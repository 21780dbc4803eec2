# `make help` lists what there is; whatever it needs is set up by the way.
# PYTHON is whatever python3 (3.11 or newer) is on the machine; everything else is pinned in requirements*.txt.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
BUILT := .aws-sam/build/template.yaml

export SAM_CLI_TELEMETRY := 0

.PHONY: help demo serve test test-sam test-browser screenshots check audit audit-dependencies bench faults fuzz mutants mutation format lint types requirements requirements-drift template build build-WebhookFunction build-RecoveryFunction clean

help: ## List these
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/ready ## Post every sample, and show the answers, the records and the messages
	$(BIN)/rubeus demo

serve: $(VENV)/ready ## Run the receiver with an emulated AWS, until Ctrl-C
	$(BIN)/rubeus serve

# Some tests run the built package, and none reaches beyond this machine: so it is built before.
TESTS ?=
test: $(VENV)/ready $(BUILT) ## Run all tests but those that need Docker or Chromium, or TESTS alone
	$(BIN)/pytest -n auto $(TESTS)

# What ships and the command have floors of their own: together, the one could hide what the other lacks.
check: lint types requirements-drift template build ## Run the gate: all of the above and below that CI asks first
	$(BIN)/pytest -n auto --cov --cov-report=
	$(BIN)/coverage report --include='src/*' --fail-under=95
	$(BIN)/coverage report --include='tools/*' --fail-under=92

# The built package in Lambda's container (`sam local`), and the whole stack deployed, to an AWS on this machine.
# Needs Docker; where it is Debian's docker.io and no daemon runs, needs root.
test-sam: $(VENV)/ready $(BUILT) ## Run the tests that need Docker
	$(BIN)/pytest -n 2 --dist loadfile tests/sam

# The inspector in Debian's Chromium (apt-get install chromium chromium-l10n fonts-inter).
test-browser: $(VENV)/ready ## Run the tests that need Chromium
	$(BIN)/pytest -n 2 --dist loadfile tests/browser

screenshots: $(VENV)/ready ## Draw docs/screenshots again, with invented people
	PYTHONPATH=. $(BIN)/python -m tests.browser.screenshots

# Against the rules of others; .checkov.yaml has the exceptions and their reasons.
AUDIT := $(VENV)/audit
audit: $(AUDIT)/ready ## Audit the template by checkov
	@$(AUDIT)/bin/checkov > $(AUDIT)/report; status=$$?; cat $(AUDIT)/report; exit $$status
	@grep -q 'Passed checks: [1-9]' $(AUDIT)/report # it ends with 0 where it can't read the template, too

audit-dependencies: $(AUDIT)/ready ## Look for known vulnerabilities of what is pinned; asks a service on the internet
	$(AUDIT)/bin/pip-audit --strict --disable-pip --require-hashes --requirement requirements.txt --requirement requirements-dev.txt

bench: $(VENV)/ready $(BUILT) ## Measure what the code costs, beside what people write instead
	PYTHONPATH=. $(BIN)/python -m benchmarks --quick
	PYTHONPATH=. $(BIN)/python -m benchmarks.cold

# N=10000 takes about 20 minutes on two processors.
N ?= 300
SEED ?= 2026-11-24
faults: $(VENV)/ready ## Run N deliveries with faults, as SEED draws them
	PYTHONPATH=. $(BIN)/python -m tests.faults.campaign -n $(N) --seed $(SEED)

# N=20000 of each kind takes about half an hour.
fuzz: $(VENV)/ready ## Send N odd bodies, headers, paths and events
	FUZZ_EXAMPLES=$(N) $(BIN)/pytest -n auto tests/fuzz

# About ten minutes on two processors.
mutants: $(VENV)/ready ## Plant faults in copies of the code, and fail where the tests catch too few
	PYTHONPATH=. $(BIN)/python -m tests.mutants.run

# About four minutes on two processors; docs/mutation.md says why some survive.
mutation: $(VENV)/ready ## Mutate src/ingest by mutmut, against the unit tests, and list what survives
	$(BIN)/mutmut run
	$(BIN)/mutmut results

format: $(VENV)/ready ## Format the code, and mend what can be mended
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lint: $(VENV)/ready ## Check format, code and workflows
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/zizmor --offline --no-progress --quiet --persona auditor .github

types: $(VENV)/ready ## Check the types
	$(BIN)/mypy

# The oldest Python that is supported, whatever runs it: else the pins depend on that.
COMPILE := pip compile --quiet --universal --generate-hashes --python-version 3.11 --custom-compile-command 'make requirements'

requirements: $(VENV)/ready ## Pin in requirements*.txt what pyproject.toml asks for
	$(BIN)/uv $(COMPILE) --group function --group dev pyproject.toml --output-file requirements-dev.txt
	$(BIN)/uv $(COMPILE) --group function --constraint requirements-dev.txt --output-file requirements.txt
	$(BIN)/uv $(COMPILE) --group audit --output-file requirements-audit.txt

requirements-drift: $(VENV)/ready ## Fail when pyproject.toml and the pins have drifted apart
	@rm -rf .drift && mkdir .drift && cp requirements*.txt .drift
	@$(BIN)/uv $(COMPILE) --group function --group dev pyproject.toml --output-file .drift/requirements-dev.txt
	@$(BIN)/uv $(COMPILE) --group function --constraint requirements-dev.txt --output-file .drift/requirements.txt
	@$(BIN)/uv $(COMPILE) --group audit --output-file .drift/requirements-audit.txt
	diff requirements-audit.txt .drift/requirements-audit.txt
	diff requirements-dev.txt .drift/requirements-dev.txt
	diff requirements.txt .drift/requirements.txt
	@rm -rf .drift

template: $(VENV)/ready ## Validate the template
	$(BIN)/sam validate --lint
	$(BIN)/cfn-lint template.yaml

build: $(BUILT) ## Build the package that ships
	@du -sm .aws-sam/build/WebhookFunction | awk '{ print "Package: " $$1 " MB unzipped" }'

$(BUILT): template.yaml Makefile requirements.txt $(shell find src -name '*.py') | $(VENV)/ready
	$(BIN)/sam build

# What `sam build` runs for each function, also where there is no .venv; one package serves both.
# Both processors' compiled parts go in, under file names of their own: one package serves either value of Architecture.
# Of botocore's and boto3's data, their largest part, only the services stay that the function calls.
# Bytecode is valid for one minor version of Python, so Lambda's compiles it: uv finds or fetches one. "unchecked", because
# the zip changes the times that Python would otherwise compare.
RUNTIME := 3.13
PACKAGE := .aws-sam/package
PIP := $(or $(wildcard $(BIN)/python),$(PYTHON)) -m pip --disable-pip-version-check
RUNTIME_PYTHON := PYENV_VERSION=$(RUNTIME) $(or $(wildcard $(BIN)/uv),uv) run --quiet --no-project --python $(RUNTIME) -- python

build-WebhookFunction build-RecoveryFunction: $(PACKAGE)/complete
	@cp -R $(PACKAGE)/. "$(or $(ARTIFACTS_DIR),$(error "sam build" calls this, and says in ARTIFACTS_DIR where to))"
	@rm "$(ARTIFACTS_DIR)/complete"

$(PACKAGE)/complete: Makefile requirements.txt $(shell find src -name '*.py')
	@rm -rf $(PACKAGE)
	@for processor in x86_64 aarch64; do \
		$(PIP) install --quiet --require-hashes --no-deps --no-compile --only-binary :all: --requirement requirements.txt \
			--python-version $(RUNTIME) --platform manylinux2014_$$processor --platform manylinux_2_28_$$processor \
			--target "$(PACKAGE)/$$processor" && \
		cp -R "$(PACKAGE)/$$processor/." "$(PACKAGE)" && rm -rf "$(PACKAGE)/$$processor" || exit 1; \
	done
	@cp -R src/. "$(PACKAGE)"
	@rm -rf "$(PACKAGE)/bin"
	@find "$(PACKAGE)" -name __pycache__ -prune -exec rm -rf {} +
	@find "$(PACKAGE)/botocore/data" "$(PACKAGE)/boto3/data" -mindepth 1 -maxdepth 1 -type d \
		! -name dynamodb ! -name secretsmanager ! -name sqs -exec rm -rf {} +
	@if $(RUNTIME_PYTHON) -c ''; then \
		$(RUNTIME_PYTHON) -m compileall -q -j 0 --invalidation-mode unchecked-hash -s "$(PACKAGE)" -p /var/task "$(PACKAGE)"; \
	else \
		echo 'WARNING: no Python $(RUNTIME) here, so the package has no bytecode: it works, but starts 2.8 times as slowly.'; \
	fi
	@touch $@

clean: ## Delete everything that these make
	rm -rf .venv .aws-sam .drift .coverage mutants .hypothesis .mypy_cache .pytest_cache .ruff_cache

# The environment: the pinned requirements, and this checkout in it as it stands.
$(VENV)/ready: pyproject.toml hatch_build.py $(VENV)/requirements
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/requirements: requirements-dev.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.13 …")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements-dev.txt
	@touch $@

# An environment of its own: checkov pins another boto3.
$(AUDIT)/ready: requirements-audit.txt | $(VENV)/ready
	$(PYTHON) -m venv --clear $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements-audit.txt
	touch $@
