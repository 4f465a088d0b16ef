# make run    start Switchboard on http://127.0.0.1:$(PORT) with an example workspace
# make test   every test, in both modes
# make coverage  the tests in embedded mode once more, measured: a third slower, so not each time
# make drill  the failure drills at full length, one at a time, in both modes; about half an hour
# make bench  speed as ratios against stock idioms and bare asyncio, in both modes; about sixteen minutes
# make production-demo  PostgreSQL, Redis, two web processes behind a balancer and two workers on this machine, tried out
# make test-demo  tests of sign-in, tokens, keys and streams against production as the demo has it, behind its balancer
# make check  format, lint, types, layers, migrations, deployment settings
# make lock   pin requirements.txt and requirements-dev.txt anew from pyproject.toml
# make clean  remove what make installed and what tools cached; var/ holds your data and stays

PYTHON ?= python3
PORT ?= 8000

VENV_PYTHON = .venv/bin/python
# More than there are processors: tests of servers wait for most of their time.
PYTEST = $(VENV_PYTHON) -m pytest -n 4 --dist loadfile --no-loadscope-reorder
LIVE = tests/security/test_keys_live.py tests/dispatch/test_spine.py tests/dispatch/test_tickets.py \
	tests/dispatch/test_sockets_sign_in.py tests/dispatch/test_sockets_renewal.py tests/dispatch/test_revocation.py
DEV = requirements.txt requirements-dev.txt
COMPILE = CUSTOM_COMPILE_COMMAND="make lock" $(VENV_PYTHON) -m piptools compile --quiet --upgrade --generate-hashes \
	--strip-extras --allow-unsafe --no-emit-options --pip-args=--only-binary=:all: pyproject.toml

.PHONY: run test coverage drill bench production-demo test-demo check lock clean runtime dev
.NOTPARALLEL:
# Tests start servers some hundred times: compiled anew each time, our code would be half of that.
unexport PYTHONDONTWRITEBYTECODE

run: runtime
	@$(VENV_PYTHON) manage.py migrate --no-input -v 0
	@$(VENV_PYTHON) manage.py demo
	@exec $(VENV_PYTHON) manage.py serve --port $(PORT)

test: dev
	TEST_MODE=embedded $(PYTEST)
	TEST_MODE=production $(PYTEST)

coverage: dev
	@rm -f .coverage .coverage.*
	TEST_MODE=embedded $(PYTEST) --cov --cov-report=
	@for package in dispatch contexts security; do \
		echo "Coverage of $$package, at least 90 %:"; \
		$(VENV_PYTHON) -m coverage report --include="$$package/*" --fail-under=90 || exit 1; \
	done

drill: dev
	@report=$$(mktemp); failed=0; \
	for mode in embedded production; do \
		TEST_MODE=$$mode DRILL=1 DRILL_REPORT=$$report $(VENV_PYTHON) -m pytest -m drill -v --timeout 900 || failed=1; \
	done; \
	echo "Report:"; cat $$report; rm -f $$report; exit $$failed

bench: dev
	@report=$$(mktemp); failed=0; \
	for mode in embedded production; do \
		TEST_MODE=$$mode DRILL_REPORT=$$report $(VENV_PYTHON) -m tests.bench || failed=1; \
	done; \
	echo "Report:"; cat $$report; rm -f $$report; exit $$failed

production-demo: dev
	@exec $(VENV_PYTHON) -m tests.demo

test-demo: dev
	TEST_MODE=production FRONTED=1 $(VENV_PYTHON) -m pytest $(LIVE)

check: dev
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m mypy
	$(VENV_PYTHON) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
	$(VENV_PYTHON) manage.py makemigrations --check --dry-run
	@echo "manage.py check --deploy, as in production"
	@secret() { $(VENV_PYTHON) -c "import secrets; print(secrets.token_urlsafe(64))"; }; \
	ENVIRONMENT=production SECRET_KEY=$$(secret) SIGNING_KEY=$$(secret) VAULT_KEY=$$(secret) \
	ALLOWED_HOSTS=switchboard.example PUBLIC_URL=https://switchboard.example DATABASE_URL=postgres://u:p@localhost/db REDIS_URL=redis://localhost/0 \
	$(VENV_PYTHON) manage.py check --deploy --fail-level WARNING

# Run it with the oldest Python supported: a lock made by a newer one lacks what only the older needs.
lock: dev
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt

clean:
	rm -rf .venv staticfiles htmlcov .coverage .coverage.* .pytest_cache .hypothesis .mypy_cache .ruff_cache \
		.import_linter_cache
	@echo "Kept var/: it holds your database, files and keys."

runtime:
	@$(PYTHON) project/bootstrap.py requirements.txt

dev:
	@$(PYTHON) project/bootstrap.py $(DEV)
