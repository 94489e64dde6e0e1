"""Members write to the organizers without reporting anybody, and read the answer."""

import pytest
from cast import MONDAY

from models import HiddenFrom, Inquiry, Refused, TooOften, lift_quotas, waiting

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)


@pytest.fixture
def hidden(helper, second):
    """The helper hides from the second organizer."""
    HiddenFrom.add(helper, "member", other=second)


def test_a_member_writes_and_reads_the_answer(hana, olga, organizer, helper, told):
    hana.open("/organizers")
    assert hana.press("Send", body="May I bring a friend?").flash.startswith("Thank you.")
    assert told(organizer)[0] == "inquiry.ask"

    assert "May I bring a friend?" in olga.open(f"/desk/contacts/{Inquiry.get().id}").text
    olga.press("Mark as answered", reason="Of course: invite her.")

    assert told(helper)[0] == "inquiry.answer"
    assert "Of course: invite her." in hana.open("/organizers").text


def test_whoever_the_member_hides_from_reads_nothing_of_it(hidden, helper, organizer, second, oscar, told):
    asked = Inquiry.ask(helper, "I would like to leave quietly.")

    assert [kind for kind, _id, _since in waiting(organizer=organizer)] == ["contact"]
    assert list(waiting(organizer=second)) == []
    assert "inquiry.ask" not in told(second)
    assert oscar.open(f"/desk/contacts/{asked.id}").status == 404
    with pytest.raises(Refused):
        asked.answer(second, reason="Hm.")


def test_where_no_organizer_could_read_it_the_member_is_told_so(organizer, helper, unchanged):
    HiddenFrom.add(helper, "member", other=organizer)

    with unchanged(), pytest.raises(Refused, match="No organizer here can read it"):
        Inquiry.ask(helper, "Hello?")
    with unchanged(), pytest.raises(Refused, match="No organizer here can read it"):
        Inquiry.ask(organizer, "Hello?")


def test_nobody_writes_to_the_organizers_all_day(helper):
    lift_quotas(False)
    for _ in range(5):
        Inquiry.ask(helper, "And another thing.")

    with pytest.raises(TooOften):
        Inquiry.ask(helper, "And another thing.")
