# Two commands matter: `make demo` and `make test`. Both set themselves up in .venv.
PYTHON ?= $(shell $(FIND_PYTHON))
BIN    := .venv/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check -qq
LOCK   := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
          --custom-compile-command "make lock"

# The first Python that is new enough; from / once more, where no version file gets in the way.
NEW_ENOUGH  = import sys; sys.version_info < (3, 11) and sys.exit(1); print(sys.executable)
FIND_PYTHON = for place in . /; do \
  for name in python3 python3.14 python3.13 python3.12 python3.11; do \
    (cd $$place && $$name -c '$(NEW_ENOUGH)') 2>/dev/null && exit; \
  done; done

.PHONY: help demo test torture coverage mutants lint bench audit sbom lock clean

help:
	@echo "make demo    see the whole product work, in two sandbox CRMs (ONCE=1 ends by itself)"
	@echo "make test    lint, types, import directions, and all tests on SQLite and PostgreSQL"
	@echo "make lint    the first three only"
	@echo "make torture every fault in full, and 200 working days under faults (FLAGS=--help)"
	@echo "make coverage   which branches of the rules their own tests do not take"
	@echo "make mutants    which changes to the deciding code no test notices (an hour at most)"
	@echo "make bench   measure: calls, time, memory; JSON on standard output"
	@echo "make reference  write the last part of rules/README.md anew from the schemas"
	@echo "make audit   ask the registry what is known to be wrong with the pinned packages"
	@echo "make sbom    write sbom.json: what a host installs, with licences (CycloneDX)"
	@echo "make lock    compile the requirements files anew from pyproject.toml"
	@echo "make clean   remove .venv and everything else that was made"

demo: .venv/.runtime
	@$(BIN)/winback demo $(if $(ONCE),--once)

test: lint
	@$(BIN)/python -m pytest -n 3

torture: .venv/.dev
	@$(BIN)/python -W error -m tests.torture $(FLAGS)

coverage: .venv/.dev
	@$(BIN)/coverage run -m pytest tests/rules
	@$(BIN)/coverage report

# Resumes where it was broken off; `mutmut show NAME` shows what was changed.
mutants: .venv/.dev
	@timeout 3600 $(BIN)/mutmut run --max-children 2
	@$(BIN)/mutmut results
	@$(BIN)/mutmut export-cicd-stats > /dev/null
	@$(BIN)/python -m tests.bench.mutants

lint: .venv/.dev
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > .venv/imports.txt || { cat .venv/imports.txt; exit 1; }
	@$(BIN)/bandit --quiet --configfile pyproject.toml --recursive rules connectors integration

bench: .venv/.dev
	@$(BIN)/python -m tests.bench

# Fails where the registry is away or knows nothing: nothing is called safe unasked. Whatever fails,
# make ends with 2; who wants to tell a finding (1) from a silent registry (3) calls the module.
audit: .venv/.supply
	@$(BIN)/python -m tests.supply.audit $(FLAGS)

# Of an environment with nothing in it but requirements.txt: no tool of ours gets into the list.
sbom: .venv/.supply requirements.txt
	@echo "Installing what a host installs into .venv/shipped"
	@$(BIN)/python -m venv --clear --without-pip .venv/shipped
	@$(PIP) --python .venv/shipped install --require-hashes --requirement requirements.txt
	@.venv/supply/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
	  --output-file sbom.json .venv/shipped
	@rm -rf .venv/shipped
	@echo "sbom.json is written"

reference: .venv/.dev
	@$(BIN)/python -m integration.reference

lock: .venv/.dev
	@$(LOCK) pyproject.toml --extra install --extra words --output-file requirements.txt
	@$(LOCK) pyproject.toml --extra install --extra words --extra dev \
	  --constraint requirements.txt --output-file requirements-dev.txt
	@$(LOCK) --group pyproject.toml:supply --output-file requirements-supply.txt

clean:
	rm -rf .venv mutants build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  .import_linter_cache sbom.json
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The project itself is built by the pinned setuptools of the lock, so that nothing is fetched
# beside the lock. A stamp is written last: an installation that was broken off starts again.
.venv/.runtime: requirements.txt pyproject.toml | .venv/bin/python
	@echo "Installing what winback needs into .venv"
	@$(PIP) install --require-hashes --requirement requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch $@

.venv/.dev: requirements-dev.txt pyproject.toml | .venv/bin/python .venv/.recordings
	@echo "Installing what winback and its tests need into .venv"
	@$(PIP) install --require-hashes --requirement requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation --no-index --editable .
	@touch .venv/.runtime $@

# Beside the environment, not in it: it is only read (tests/connectors/recorded), and what it
# depends on would not go with what winback depends on.
.venv/.recordings: requirements-recordings.txt | .venv/bin/python
	@rm -rf .venv/recordings
	@$(PIP) install --require-hashes --no-deps --no-compile --only-binary :all: \
	  --ignore-requires-python --target .venv/recordings --requirement requirements-recordings.txt
	@touch $@

# Beside the environment: what looks after the packages must not change what they are.
.venv/.supply: requirements-supply.txt | .venv/bin/python
	@echo "Installing pip-audit and the SBOM writer into .venv/supply"
	@$(BIN)/python -m venv --clear --without-pip .venv/supply
	@$(PIP) --python .venv/supply install --require-hashes --requirement requirements-supply.txt
	@touch $@

.venv/bin/python:
	@python='$(PYTHON)'; test -n "$$python" || \
	  { echo "winback needs Python 3.11 or newer: make PYTHON=/path/to/python3 ..."; exit 1; }; \
	"$$python" -m venv .venv || { rm -rf .venv; exit 1; }
