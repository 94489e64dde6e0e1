"""Writers take turns in the order in which they came; readers wait for nobody."""

import threading
import time
from contextlib import closing, contextmanager
from sqlite3 import connect as open_file

import pytest
from peewee import OperationalError
from racing import at_once

from models import Block, Community, db, turns

pytestmark = pytest.mark.usefixtures("organizer")


@pytest.fixture
def someone():
    """Somebody in a thread of their own does this; `join` waits until it is done, `result` says what came of it."""
    people = []

    class Someone(threading.Thread):
        result = None

        def run(self):
            with db.connection_context():
                try:
                    self.result = self.deed()
                except Exception as problem:
                    self.result = problem

    def someone(deed):
        person = Someone(daemon=True)
        person.deed = deed
        person.start()
        people.append(person)
        return person

    yield someone
    for person in people:
        person.join(20)
        assert not person.is_alive()


@pytest.fixture
def in_line():
    """Waits until so many threads have their turn or wait for it."""

    def in_line(count):
        for _time in range(2000):
            if len(db._turns._line) == count:
                return
            threading.Event().wait(0.005)
        raise AssertionError(f"{len(db._turns._line)} are in line.")

    return in_line


@contextmanager
def locked(database):
    """Another program writes to the file, and takes its time."""
    with closing(open_file(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_who_came_first_writes_first(someone, in_line):
    order = []

    def write(number):
        with db.atomic():
            order.append(number)

    with db.atomic():
        for number in range(8):
            someone(lambda number=number: write(number))
            in_line(number + 2)
        assert order == []
    in_line(0)

    assert order == list(range(8))


def test_who_reads_waits_for_nobody(someone):
    with db.atomic():
        reader = someone(lambda: Community.current().name)
        reader.join(5)

        assert reader.result == "Junction Job Circle"


def test_one_write_outside_a_transaction_waits_as_well(someone, in_line):
    with db.atomic():
        writer = someone(lambda: Block.update(kind="word").execute())
        in_line(2)
        assert writer.is_alive()
    writer.join(5)

    assert writer.result == 0


def test_a_turn_lasts_until_the_outermost_transaction_ends(someone, in_line):
    with db.atomic():
        writer = someone(lambda: Block.delete().execute())
        in_line(2)
        with db.atomic():
            Block.update(kind="word").execute()
        writer.join(0.05)
        assert writer.is_alive()
    writer.join(5)

    assert not writer.is_alive()


@pytest.mark.parametrize("problem", [ValueError, SystemExit, KeyboardInterrupt])
def test_whoever_fails_ends_their_turn(problem, someone, in_line):
    with pytest.raises(problem), db.atomic(), db.atomic():
        raise problem

    in_line(0)
    writer = someone(lambda: Block.delete().execute())
    writer.join(5)
    assert writer.result == 0


def test_a_transaction_that_is_taken_back_and_begun_again_is_one_turn_after_another(in_line):
    with db.atomic() as stage:
        stage.rollback()
        in_line(1)

    in_line(0)


def test_a_thread_that_dies_within_its_turn_holds_nobody_up(someone):
    dying = threading.Thread(target=db.begin)
    dying.start()
    dying.join()

    writer = someone(lambda: Block.delete().execute())
    writer.join(10)

    assert writer.result == 0


# Another program


@pytest.fixture
def impatient(monkeypatch):
    """Nobody waits as long as they would."""
    monkeypatch.setattr(turns, "HELD_UP", 0.3)
    monkeypatch.setattr(turns, "LONGEST_WAIT", 1.5)


def test_whoever_is_held_up_by_another_program_writes_when_that_is_done(database, someone, in_line):
    with locked(database):
        writers = [someone(lambda: Block.delete().execute()) for _ in range(3)]
        in_line(3)
    for writer in writers:
        writer.join(10)

    assert [writer.result for writer in writers] == [0, 0, 0]


def test_a_few_wait_for_another_program_and_the_others_are_told_at_once(database, impatient, someone, in_line):
    with locked(database):
        patient = [someone(lambda: Block.delete().execute()) for _ in range(turns.PATIENT + 1)]
        in_line(turns.PATIENT + 1)
        threading.Event().wait(0.4)

        with pytest.raises(OperationalError, match="held up"):
            Block.delete().execute()

        in_line(turns.PATIENT + 1)
    for writer in patient:
        writer.join(10)
    assert [writer.result for writer in patient] == [0] * (turns.PATIENT + 1)


def test_nobody_waits_for_ever(database, impatient, someone, in_line):
    with db.atomic():
        writer = someone(lambda: Block.delete().execute())
        writer.join(10)

        assert isinstance(writer.result, OperationalError)
    in_line(0)


def test_whoever_may_not_begin_ends_their_turn(database, in_line):
    db.execute_sql("PRAGMA busy_timeout = 100")

    with locked(database), pytest.raises(OperationalError, match="locked"):
        Block.delete().execute()

    in_line(0)
    assert Block.delete().execute() == 0


def test_twenty_at_once_all_write(organizer):
    def write():
        for _time in range(20):
            with db.atomic():
                Block.update(kind="word").execute()
        return "done"

    assert at_once(*[write] * 20) == ["done"] * 20


# In passing


def test_what_a_reader_leaves_behind_is_written_when_that_is_possible(organizer):
    with db.in_passing():
        Community.update(place="Hamilton").execute()

    assert Community.current().place == "Hamilton"


def test_who_only_reads_does_not_wait_for_another_program(database, organizer):
    began = time.monotonic()
    with locked(database), db.in_passing(organizer):
        organizer.name = "Ophelia"
        organizer.save()

    assert time.monotonic() - began < 1
    assert organizer.name == "Olga Owner"
    assert db.execute_sql("PRAGMA busy_timeout").fetchone() == (5000,)


def test_who_only_reads_does_not_join_those_who_wait_for_another_program(database, impatient, someone, in_line):
    with locked(database):
        writer = someone(lambda: Block.delete().execute())
        in_line(1)
        threading.Event().wait(0.4)

        began = time.monotonic()
        with db.in_passing():
            Block.delete().execute()

        assert time.monotonic() - began < 0.5
        in_line(1)
    writer.join(10)
    assert writer.result == 0


def test_within_a_transaction_nothing_is_done_in_passing(organizer):
    with pytest.raises(OperationalError), db.atomic(), db.in_passing():
        db.execute_sql("SELECT nothing FROM nowhere")
