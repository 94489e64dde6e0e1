#!/usr/bin/env bash
# Scans the code, and a demo site that it starts on this machine, with four scanners. `make scan` calls it.
#
# It installs them into .venv-scan/, changes nothing else, and attacks only the site that it has started. Half an hour.
set -u
cd "$(dirname "$0")/.."
FOLDER=$(mktemp -d)
PORT=8799
SITE="http://127.0.0.1:$PORT"
FOUND=0

install() {  # install NAME PACKAGE==VERSION…
    [ -x ".venv-scan/$1/bin/python" ] || python3 -m venv ".venv-scan/$1"
    ".venv-scan/$1/bin/python" -m pip install --quiet --disable-pip-version-check "${@:2}" || exit 1
}

say() { printf '\n== %s\n' "$1"; }
result() { [ "$1" = 0 ] && echo "Nothing found." || { FOUND=1; echo "Found something: see above."; }; }

install code bandit==1.9.4 semgrep==1.185.0
install site wapiti3==3.2.3
install sql sqlmap==1.10.10

say "bandit: faults that are common in Python, of high severity (B701 apart: letters in plain text are not HTML)"
.venv-scan/code/bin/bandit -q -lll --skip B701 -r golem.py mail.py journal.py models views payments hosting deploy
result $?

say "semgrep: what this code promises"
.venv-scan/code/bin/semgrep scan --quiet --error --metrics=off --disable-version-check --config scan/rules.yaml .
result $?

say "A demo site at $SITE"
export GOLEM_DATA="$FOLDER/data" GOLEM_PORT=$PORT GOLEM_LIMITS=off
.venv/bin/python -m flask --app golem demo --referrals 30 | tee "$FOLDER/demo" || exit 1
.venv/bin/python golem.py > "$FOLDER/log" 2>&1 &
SERVER=$!
trap 'kill $SERVER 2>/dev/null; rm -rf "$FOLDER"' EXIT
for _ in $(seq 60); do curl --silent --fail "$SITE/healthz" > /dev/null && break; sleep 1; done
curl --silent --output /dev/null --cookie-jar "$FOLDER/cookies" --data-urlencode "email=tenzin@example.org" \
    --data-urlencode "password=$(sed -n 's/.*password[: ]*\([a-z-]*\).*/\1/p' "$FOLDER/demo" | head -1)" "$SITE/sign-in"
COOKIE=$(awk '$6 ~ /^golem-/ && $6 !~ /known$/ {print $6 "=" $7}' "$FOLDER/cookies" | head -1)
[ -n "$COOKIE" ] || { echo "Signing in did not work: the site is scanned as a stranger sees it."; }

say "wapiti: the site, as a member"
.venv-scan/site/bin/wapiti --url "$SITE/" --scope folder --header "Cookie: $COOKIE" --flush-session --no-bugreport \
    --max-scan-time 900 --max-attack-time 120 --exclude "$SITE/sign-out" \
    --module "sql,timesql,xss,permanentxss,exec,file,redirect,crlf,ssti,xxe,csp,cookieflags,http_headers" \
    --store-session "$FOLDER/wapiti" --format json --output "$FOLDER/wapiti.json"
.venv/bin/python - "$FOLDER/wapiti.json" <<'PYTHON'
import json, sys
found = json.load(open(sys.argv[1]))["vulnerabilities"]
for kind, cases in found.items():
    for case in cases:
        print(kind, case["method"], case["path"], case["info"], sep=": ")
sys.exit(any(cases for kind, cases in found.items() if "Secure Flag" not in kind and "Strict-Transport" not in kind))
PYTHON
result $?

say "sqlmap: the search, and signing in"
for target in "$SITE/?words=clerk&location=x&pay=20&industry=health" "$SITE/sign-in --data email=a&password=b&next=/"; do
    # shellcheck disable=SC2086
    .venv-scan/sql/bin/sqlmap --batch --level 2 --risk 2 --threads 4 --cookie "$COOKIE" --output-dir "$FOLDER/sqlmap" \
        --ignore-code "*" -u $target | tee "$FOLDER/sql" | grep -E "injectable|CRITICAL" | sort -u
    ! grep -q "is vulnerable\|identified the following injection" "$FOLDER/sql"
    result $?
done

say "Faults of the site while it was scanned"
! grep -iE "traceback|fault=" "$FOLDER/log"
result $?
exit $FOUND
