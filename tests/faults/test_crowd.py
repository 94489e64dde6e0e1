"""Many write at once, and another program holds the database: nobody is turned away for it, and readers go on."""

import sqlite3
import threading
from contextlib import closing, contextmanager

import pytest
from cast import soak
from living import readers

PAGE = "/claims/1"
SENTENCE = "The site cannot save anything at the moment. Nothing was changed; try again soon."


@pytest.mark.parametrize("seconds", soak([5, 60], 5))
def test_sixty_four_who_write_at_once_are_all_heard(seconds, writers, site):
    crowd = writers(64).run(seconds)

    print(f"{len(crowd.kept)} messages, the slowest of a hundred after {crowd.slowest:.2f} s")
    assert [answer.status for _body, answer in crowd.refused] == []
    assert crowd.cut == []
    assert len(crowd.kept) > 64
    assert crowd.kept <= site.messages()
    assert "locked" not in site.log.read_text()


@contextmanager
def other_program(site):
    """Another program has the database to itself."""
    with closing(sqlite3.connect(site.folder / "golem.db", isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("seconds", soak([3, 10], 3))
def test_readers_go_on_while_another_program_holds_the_database(seconds, writers, site, cookies):
    stopped, read = threading.Event(), []
    reader = threading.Thread(target=lambda: read.append(readers(site, cookies[0], PAGE, stopped)), daemon=True)
    crowd = writers(24)

    with crowd:
        crowd.wait_for(24)
        with other_program(site):
            stopped.wait(2.5)  # Now those who cannot wait have been told so.
            reader.start()
            stopped.wait(seconds - 2.5)
            stopped.set()
            reader.join(30)
        kept = len(crowd.kept)
        crowd.wait_for(kept + 24)

    ((statuses, longest),) = read
    assert set(statuses) == {200}
    assert longest < 5
    assert {answer.status for _body, answer in crowd.refused} <= {503}
    assert all(SENTENCE in answer.text for _body, answer in crowd.refused)
    assert crowd.cut == []
    assert len(crowd.kept) >= kept + 24
    messages = site.messages()
    assert crowd.kept <= messages
    assert not {body for body, _answer in crowd.refused} & messages
