"""The process that serves the site, and the threads beside it that sweep, reconcile and send letters."""

import logging
import os
import signal
import sys
import threading
import time

from peewee import DatabaseError

import journal
import models
from models import Community, OneTimeLink, Pledge, db

from . import deletions
from .connections import Listener
from .state import State
from .stopwatch import Stopwatch

SWEEP_SECONDS = 60
TIDY_SECONDS = 600
HIDING_SECONDS = 3600
RECONCILE_SECONDS = 600
DELIVER_SECONDS = 2


def serve(app):
    """Serves the site and sweeps every minute, until the process is asked to stop: then it ends what it began."""
    journal.to_stderr()
    settings = app.config["GOLEM"]
    listener = Listener(app, settings.host, settings.port, largest_body=2 * app.config["MAX_CONTENT_LENGTH"])
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_signal: listener.stop())
    address = settings.url or settings.listening_at(listener.port)
    if Community.current() is None:
        journal.note("setup-link")
        print(f"To set up your community, open {address}/setup?key={OneTimeLink.for_setup()}", flush=True)
    print(f"Golem is at {address}", flush=True)
    pin_to_one_processor()
    mark(settings.database, served=True)
    threading.Thread(target=sweep_for_ever, args=[app], daemon=True).start()
    threading.Thread(target=back_up_for_ever, args=[app], daemon=True).start()
    threading.Thread(target=tidy_for_ever, args=[app], daemon=True).start()
    threading.Thread(target=reconcile_for_ever, args=[app], daemon=True).start()
    threading.Thread(target=deliver_for_ever, args=[app], daemon=True).start()
    try:
        listener.run()
    finally:
        mark(settings.database, served=False)


def mark(database, served):
    """Says in the database whether it is being served. Where nothing can be written, pages can still be read."""
    try:
        state = State(database)
        state.begin(db) if served else state.end(db)
    except (OSError, DatabaseError):
        logging.exception(
            "The database could not be marked: a copy of it made by hand would not be told from a whole one."
        )


def pin_to_one_processor():
    """Threads that share one processor do not fight over the interpreter lock around SQLite."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def sweep_for_ever(app):
    app.extensions["watch"].swept()
    stopwatch = Stopwatch()
    while True:
        try:
            models.keep_time(stopwatch.step(), stopwatch.settled)
            app.extensions["watch"].swept()
        except Exception:
            logging.exception("The sweep stumbled; it goes on in a minute.")
        time.sleep(SWEEP_SECONDS)


def back_up_for_ever(app):
    """Looks every minute whether the copy of this night is there. Whoever opens a page goes before."""
    give_way()
    while True:
        try:
            if community := Community.current():
                app.extensions["backups"].tend(community.zone)
        except Exception:
            logging.exception("The nightly copy stumbled; it is tried again.")
        time.sleep(SWEEP_SECONDS)


def give_way():
    """The others of the process go before this thread, where the system knows such a thing.

    Only a little: the thread holds the interpreter now and then, and must not be kept from letting go of it.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)


def tidy_for_ever(app):
    """Deletes what is past its time, and notes which accounts have ended, every ten minutes.

    At the start and every hour it looks who is no longer hidden from whom, for that takes its time in a large group.
    """
    renewed = -HIDING_SECONDS
    while True:
        try:
            models.purge()
            if time.monotonic() >= renewed + HIDING_SECONDS:
                models.renew_all_hiding()
                renewed = time.monotonic()
            deletions.note(app.config["GOLEM"].folder.path)
        except Exception:
            logging.exception("Tidying up stumbled; it goes on in ten minutes.")
        time.sleep(TIDY_SECONDS)


def reconcile_for_ever(app):
    """At the start, every ten minutes, and at once when a webhook came or money is due. Stripe may take its time."""
    reconciler, last = app.extensions["reconciler"], -RECONCILE_SECONDS
    while True:
        try:
            if reconciler.wake.is_set() or time.monotonic() >= last + RECONCILE_SECONDS or Pledge.moving().exists():
                reconciler.wake.clear()
                last = time.monotonic()
                reconciler.reconcile()
        except Exception:
            logging.exception("The payments stumbled; they go on in a minute.")
        reconciler.wake.wait(SWEEP_SECONDS)


def deliver_for_ever(app):
    """Sends the letters of the outbox, every few seconds; where no mailbox is set up there is nothing to do."""
    postman = app.extensions["postman"]
    while postman.mailbox:
        try:
            postman.deliver()
        except Exception:
            logging.exception("The letters stumbled; they go on in a moment.")
        time.sleep(DELIVER_SECONDS)
