# Two commands do everything: `make run` serves the site, `make test` checks it.

PYTHON ?= python3
VENV_PYTHON := .venv/bin/python
DEMO := data-demo

# The names of these two stamps hold a checksum of Python and of the lists: when one of them changes, so does the name,
# and .venv is made anew. Everything runs by `python -m`, because a script in .venv/bin does not survive a renamed folder.
WHICH_PYTHON := import sys, sysconfig; print(sys.base_prefix, sys.version_info, sysconfig.get_config_var("SOABI"))
checksum = $(firstword $(shell { $(PYTHON) -c '$(WHICH_PYTHON)'; cat $(1); } 2>&1 | cksum))
SITE := .venv/site-$(call checksum,requirements.txt constraints.txt)
TESTS := .venv/tests-$(call checksum,requirements.txt constraints.txt requirements-test.txt)
other_tests = $(shell ls -d .venv/tests-* 2>/dev/null)

run: $(SITE)
	$(VENV_PYTHON) golem.py

site: $(SITE)

online:
	python3 deploy/online.py online

update:
	python3 deploy/online.py update

demo: $(SITE)
	GOLEM_DATA=$(DEMO) $(VENV_PYTHON) -m flask --app golem demo
	GOLEM_DATA=$(DEMO) $(VENV_PYTHON) golem.py

demo-stripe: $(TESTS)
	PYTHONPATH=tests $(VENV_PYTHON) -m demo.by_card

# What is tried once more with the site below a path. Stripe's fake and letters lead people back to whole addresses, which
# their tests expect at the root.
BELOW_A_PATH := $(filter-out tests/test_payment_pages.py,$(wildcard tests/test_*pages.py)) $(patsubst %,tests/test_%.py,\
	accounts board copies desk doors employers fragments guards hardening log matrix setup sign_ins)

test: $(TESTS) browser proxies
	$(VENV_PYTHON) -m pytest -n auto

soak: $(TESTS) browser proxies
	$(VENV_PYTHON) -m pytest -n auto -m soak
	GOLEM_TEST_PREFIX=/below-a-path $(VENV_PYTHON) -m pytest -n auto $(BELOW_A_PATH)

coverage: $(TESTS) browser proxies
	$(VENV_PYTHON) -m pytest -n auto --cov --cov-fail-under=95

check: $(TESTS)
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m pytest -q tests/test_migrations.py

# Scanners that anyone can let loose on a demo site of their own machine. They are fetched from PyPI.
scan: $(SITE)
	scan/scan.sh

words: $(SITE)
	$(VENV_PYTHON) -m babel.messages.frontend -q extract -F babel.cfg -k N_ --no-location --sort-output \
		--project Golem -o translations/golem.pot .

# Debian and Ubuntu can install what is missing. Elsewhere one sentence says what to install.
apt_install = [ "$$(id -u)" = 0 ] && SUDO= || SUDO=sudo; \
	$$SUDO apt-get update -qq && $$SUDO apt-get install -y -qq --no-install-recommends
NO_VENV := Golem needs Python 3.11 or newer with venv and pip: install python3 and your system's package for venv \
	(on Alpine: apk add python3 py3-pip), then run this again.
NO_BROWSER := The tests need a browser: install chromium (on Alpine: apk add chromium), then run this again.

browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	{ command -v apt-get >/dev/null || { echo "$(NO_BROWSER)" >&2; exit 1; }; $(apt_install) chromium; }

# Without these two, and without apt to install them, their tests are left out.
proxies:
	@for name in caddy nginx; do \
	PATH=$$PATH:/usr/sbin command -v $$name >/dev/null || ! command -v apt-get >/dev/null || { $(apt_install) $$name; }; done

define make_venv
@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
{ command -v apt-get >/dev/null || { echo "$(NO_VENV)" >&2; exit 1; }; $(apt_install) python3-venv; }
rm -rf .venv
$(PYTHON) -m venv .venv
endef

$(SITE):
	$(make_venv)
	$(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(TESTS): | $(SITE)
	$(if $(other_tests),$(make_venv))
	$(VENV_PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements-test.txt
	touch $(SITE) $@

.PHONY: scan run site online update demo demo-stripe test soak coverage check words browser proxies
