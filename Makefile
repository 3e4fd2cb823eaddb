# Two commands do everything on a fresh machine: `make demo` and `make test`.
.PHONY: help setup demo test lint train run bench load torture evaluate lock

LINLI := .venv/bin/linli
PYTEST := .venv/bin/python -m pytest

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 8

setup:  ## .venv with Python 3.10 from requirements.lock; nothing when nothing changed
	@scripts/setup

demo: setup  ## a day of a community, through the real system
	@$(LINLI) demo

test: setup  ## every test, the fast ones first
	@$(PYTEST) tests/unit -q --cov=desk --cov-report=
	@$(LINLI) train >/dev/null
	@$(PYTEST) tests/integration tests/contract tests/property tests/nlu tests/e2e -q -n 2 --dist loadfile --cov=desk --cov-append --cov-report=term --cov-fail-under=95

lint: setup  ## ruff, mypy --strict, import-linter
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

train: setup  ## a model of the data, unless there is one
	@$(LINLI) train

run: setup  ## the gateway with the console channel
	@$(LINLI) run

bench: setup  ## figures of docs/performance.md
	@.venv/bin/python -m benchmarks.replay

load: setup  ## 100 rooms, 50 messages a second for a minute, one channel slow
	@.venv/bin/python -m benchmarks.load

torture: setup  ## 200 kills over 2,000 messages on each channel, with everything that goes wrong there
	@.venv/bin/python -m benchmarks.torture

evaluate: setup  ## how much is understood; CORPORA=folder measures on foreign texts as well
	@.venv/bin/python -m benchmarks.understanding $(if $(CORPORA),--corpora $(CORPORA))

lock:  ## requirements.lock from pyproject.toml
	@.venv/bin/uv pip compile pyproject.toml --all-extras --generate-hashes --python-version 3.10 --no-header \
	  --no-emit-index-url --quiet --output-file requirements.lock
