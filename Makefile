# Two commands do everything: `make run` serves the site, `make test` checks it.

PYTHON ?= python3
BIN := .venv/bin
DEMO := data-demo

run: .venv/ready
	$(BIN)/python golem.py

demo: .venv/ready
	GOLEM_DATA=$(DEMO) $(BIN)/python -m flask --app golem demo
	GOLEM_DATA=$(DEMO) $(BIN)/python golem.py

demo-stripe: .venv/ready
	PYTHONPATH=tests $(BIN)/python -m demo.by_card

test: .venv/ready browser
	$(BIN)/python -m pytest -n auto --cov --cov-fail-under=95

check: .venv/ready
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m pytest -q tests/test_migrations.py

words: .venv/ready
	$(BIN)/python -m babel.messages.frontend -q extract -F babel.cfg -k N_ --no-location --sort-output \
		--project Golem -o translations/golem.pot .

browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	{ [ "$$(id -u)" = 0 ] && SUDO= || SUDO=sudo; $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq --no-install-recommends chromium; }

.venv/ready: requirements.txt
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	{ [ "$$(id -u)" = 0 ] && SUDO= || SUDO=sudo; $$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq python3-venv; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch .venv/ready

.PHONY: run demo demo-stripe test check words browser
