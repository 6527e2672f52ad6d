# The steps of .ci/run, in the environment that is active: `make check` before every commit.
PYTHON ?= python

.PHONY: check lint format types structure tests docs benchmark lock versions determinism bom audit

check: lint types structure tests docs

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

format:
	$(PYTHON) -m ruff check --fix-only .
	$(PYTHON) -m ruff format .

types:
	$(PYTHON) -m mypy

structure:
	test ! -f .ci/structure.py || $(PYTHON) .ci/structure.py

tests:
	$(PYTHON) -m pytest -q -n 2

# Whether a stage has lost too much of its lead over the plain version.
benchmark:
	$(PYTHON) -m benchmarks --check

# The newest versions that every supported Python can have, into constraints.txt.
lock:
	$(PYTHON) .ci/versions.py lock

# The tests of what computes, in environments with the lowest and with the newest versions that pyproject.toml allows.
versions:
	bash .ci/other_versions

# What the lock brings, as CycloneDX has it, without the network; and what is known against it, for which PyPI is asked (pip-audit).
# Both come with the extra `supply`.
bom:
	$(PYTHON) -m cyclonedx_py requirements constraints.txt --pyproject pyproject.toml --output-reproducible -o sbom.json

audit:
	$(PYTHON) -m pip_audit -r constraints.txt --no-deps --disable-pip --strict

# Every kernel, dispatch, thread count of this machine; other data, other interpreters: see the script.
determinism:
	$(PYTHON) .ci/determinism.py

docs:
	NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs build --strict --quiet
