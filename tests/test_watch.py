"""Whether the site can do its work, its figures, and the doctor: asked of a process of its own."""

import re
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from served import Served

from golem import create_app
from hosting.doctor import FAIL, OK, WARN, Doctor
from hosting.watch import PARTS, PROBE_SECONDS, SILENT_SECONDS, STUCK_SECONDS, Watch
from models import Letter, db, in_days, now

TOKEN = "figures-for-olga"


@pytest.fixture
def served(organizer, database):
    """The site of Olga's community in a process of its own, which gives figures to whoever has the token."""
    db.close()
    database.parent.chmod(0o700)
    site = Served(database.parent, GOLEM_LIMITS="off", GOLEM_METRICS_TOKEN=TOKEN)
    site.start()
    yield site
    site.kill()


@pytest.fixture
def watch(app):
    return app.extensions["watch"]


def figures(text):
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _blank, value in lines}


# A process of its own


def test_the_running_site_tells_those_who_watch_and_the_doctor(served, organizer):
    assert served.ask("GET", "/readyz")[:2] == (200, '{"status":"ready"}\n')
    assert served.ask("POST", "/sign-in", {"email": organizer.email, "password": "wrong"})[0] == 422
    assert served.sign_in(organizer)
    assert served.ask("GET", "/metrics")[0] == 404
    assert served.ask("GET", "/metrics", Authorization="Bearer something-else")[0] == 404

    status, text, headers = served.ask("GET", "/metrics", Authorization=f"Bearer {TOKEN}")

    assert status == 200
    assert headers["Content-Type"].startswith("text/plain; version=0.0.4")
    found = figures(text)
    assert found['golem_requests_total{status="4xx"}'] == 3
    assert found["golem_sign_in_failures_total"] == 1
    assert found["golem_sweep_age_seconds"] < SILENT_SECONDS
    assert found["golem_database_bytes"] > 100_000
    assert [found[f'golem_ready{{part="{part}"}}'] for part in PARTS] == [1] * len(PARTS)
    assert found["golem_request_seconds_count"] == found['golem_request_seconds_bucket{le="+Inf"}']
    assert organizer.email not in text

    status, said = served.command("doctor")

    assert status == 0, said
    assert re.search(r"^ok +process +The site is running, and ready.$", said, re.M), said
    assert re.search(r"^ok +database +The database is whole", said, re.M), said

    with closing(sqlite3.connect(served.data / "golem.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        time.sleep(PROBE_SECONDS)  # The doctor has just asked.
        asked = served.ask("GET", "/readyz")
        time.sleep(PROBE_SECONDS)
        status, said = served.command("doctor")
        other.execute("ROLLBACK")

    assert status == 1
    assert re.search(r"^FAIL +process +The site is running, but not ready: it cannot write.$", said, re.M), said

    assert asked[:2] == (503, '{"failing":["writing"],"status":"not ready"}\n')
    assert served.ask("GET", "/readyz")[0] == 200

    served.stop()
    (served.data / "key").chmod(0o640)

    status, said = served.command("doctor")

    assert status == 1, said
    assert re.search(r"^warn +process +The site is not running.$", said, re.M), said
    assert re.search(r"^FAIL +permissions +Others on this computer can read .*key. Run: chmod -R go= ", said, re.M), (
        said
    )


# What is ready, and what is not


def test_a_sweep_that_stands_still_is_told(watch):
    assert watch.failing() == []
    watch.swept()
    assert watch.failing() == []

    watch._swept = time.monotonic() - SILENT_SECONDS

    assert watch.failing() == ["sweep"]


def test_letters_that_wait_for_hours_are_told(organizer, watch):
    Letter.ask("test", organizer.email, organizer)
    assert watch.failing() == []

    Letter.update(made_at=in_days(-1), due=now()).execute()

    assert watch.oldest_letter() > STUCK_SECONDS
    assert watch.failing() == ["mail"]


def test_a_disk_that_is_nearly_full_is_told(watch, monkeypatch):
    monkeypatch.setattr("hosting.watch.LEAST_FREE", 2**60)

    assert watch.failing() == ["disk"]


def test_a_folder_that_takes_no_files_is_told(watch, tmp_path):
    watch.data = tmp_path / "unplugged"

    assert watch.failing() == ["writing", "disk"]


def test_the_answer_names_parts_and_nothing_else(watch, browse, monkeypatch):
    monkeypatch.setattr("hosting.watch.LEAST_FREE", 2**60)

    answer = browse().get("/readyz")

    assert answer.status_code == 503
    assert answer.json == {"status": "not ready", "failing": ["disk"]}


@pytest.mark.parametrize(
    "sent", [{}, {"Authorization": ""}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}]
)
def test_without_a_token_in_the_settings_nobody_gets_figures(browse, sent):
    assert browse().get("/metrics", headers=sent).status_code == 404


def test_answers_are_counted_by_how_long_they_took(tmp_path, database):
    watch = Watch(tmp_path, create_app({"GOLEM_DATA": str(database.parent)}).extensions["backups"])
    for seconds in (0.001, 0.2, 60):
        watch.record(200, seconds)

    found = figures(watch.metrics())

    assert found['golem_request_seconds_bucket{le="0.01"}'] == 1
    assert found['golem_request_seconds_bucket{le="0.25"}'] == 2
    assert found['golem_request_seconds_bucket{le="10"}'] == 2
    assert found["golem_request_seconds_count"] == 3
    assert found["golem_request_seconds_sum"] == pytest.approx(60.201)


# The doctor


@pytest.fixture
def doctor(app, organizer, tmp_path):
    """What the doctor finds by these settings, by what it is about."""

    def doctor(**settings):
        given = {"GOLEM_DATA": str(tmp_path / "data"), "GOLEM_PORT": "9", **settings}
        app = create_app(given)
        findings = Doctor(app.config["GOLEM"], app.extensions["backups"], None).findings()
        return {finding.about: (finding.level, finding.words) for finding in findings}

    return doctor


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "GOLEM_URL is not set"),
        ({"GOLEM_URL": "https://golem.example"}, "say how many with GOLEM_PROXIES"),
        ({"GOLEM_URL": "http://golem.example", "GOLEM_PROXIES": "1"}, "passwords travel in the open"),
        ({"GOLEM_URL": "https://127.0.0.1:9", "GOLEM_PROXIES": "1"}, "does not answer as Golem should"),
    ],
)
def test_the_doctor_knows_an_address_that_cannot_be_right(doctor, settings, says):
    level, words = doctor(**settings)["address"]

    assert level == WARN
    assert says in words


def test_the_doctor_knows_a_mail_server_that_does_not_answer(doctor):
    letters = {"GOLEM_SMTP_URL": "smtp://127.0.0.1:9", "GOLEM_MAIL_FROM": "golem@example.org"}

    assert doctor()["mail"][0] == WARN
    assert doctor(**letters)["mail"][0] == FAIL


def test_the_doctor_knows_a_clock_that_is_behind_what_has_happened(doctor, post, time_machine):
    post()
    assert doctor()["clock"][0] == OK

    time_machine.move_to(datetime.now(UTC) + timedelta(days=2))
    post()
    time_machine.move_to(datetime.now(UTC) - timedelta(days=2))

    level, words = doctor()["clock"]
    assert level == FAIL
    assert "clock is wrong" in words


def test_the_doctor_knows_a_damaged_database(doctor, post, database):
    post()
    db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.execute_sql("PRAGMA foreign_keys = 0")
    db.execute_sql("UPDATE referral SET helper_id = 999")
    db.execute_sql("PRAGMA foreign_keys = 1")

    level, words = doctor()["database"]

    assert level == FAIL
    assert "put a copy back" in words


def test_the_doctor_knows_copies_that_are_missing_old_or_in_one_place(doctor, tmp_path):
    disk = tmp_path / "disk"
    assert "There is no copy yet" in doctor()["copies"][1]
    disk.mkdir()
    app = create_app({"GOLEM_DATA": str(tmp_path / "data"), "GOLEM_BACKUPS": str(disk)})
    assert app.extensions["backups"].tend()

    assert "All copies are on the disk of the site." in doctor()["copies"][1]
    assert "is on the same disk" in doctor(GOLEM_BACKUPS=str(disk))["copies"][1]
    assert doctor(GOLEM_BACKUPS=str(tmp_path / "unplugged"))["copies"][0] == FAIL
    report = app.extensions["backups"].report()
    app.extensions["backups"]._write_report(report | {"made_at": time.time() - 40 * 3600})
    assert "40 hours old" in doctor()["copies"][1]
