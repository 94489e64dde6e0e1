"""What organizers take down of what members wrote: told, appealable, and brought back when the action is taken back."""

import io
import json
import zipfile

import pytest
from cast import MONDAY

from models import (
    Action,
    Claim,
    HouseRules,
    Member,
    Message,
    NotYours,
    Refused,
    Report,
    TakenDown,
    db,
    export,
    forget,
    log,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

WORDS = "Call me on 416 555 0199, you fool."


@pytest.fixture
def written(lead, helper, seeker):
    """A message and thanks, both by Sami, and the texts of his profile."""
    claim = lead(Claim, "settled")
    claim.say(seeker, WORDS)
    claim.thank(seeker, WORDS, agreed=True)
    claim.show_thanks(helper)
    Member.update(headline=WORDS, can_help=WORDS, profile_shown="all").where(Member.id == seeker.id).execute()
    seeker.reload()
    return {"message": Message.get(Message.author == seeker), "thanks": Claim.get_by_id(claim.id), "profile": seeker}


def everywhere():
    """All that the database holds of these words but in the table of what was taken down."""
    found = [table for table in (Message, Claim, Member) for row in table.select().dicts() if WORDS in str(row)]
    return [table.__name__ for table in found]


@pytest.mark.parametrize("what", ["message", "thanks", "profile"])
def test_what_was_taken_down_is_nowhere_but_with_its_author_and_the_desk(what, written, organizer, seeker, told):
    before = everywhere()

    action = TakenDown.take(organizer, what, written[what], "harassment", "No numbers, no names.")

    assert len(everywhere()) == len(before) - 1
    assert (action.kind, action.member, action.reason) == ("words_removed", seeker, "No numbers, no names.")
    assert "action.words_removed" in told(seeker)
    assert action.can("appeal", seeker)
    assert WORDS in TakenDown.of(what, written[what])
    assert len(in_export(seeker)["taken_down"]) == (2 if what == "profile" else 1)


@pytest.mark.parametrize("end", ["undo", "reverse"])
@pytest.mark.parametrize("what", ["message", "thanks", "profile"])
def test_the_words_are_back_once_the_action_is_taken_back(what, end, written, organizer, second, seeker):
    before = everywhere()
    action = TakenDown.take(organizer, what, written[what], "harassment", "No numbers, no names.")

    if end == "reverse":
        action.appeal(seeker, reason="It is my own number.")
    getattr(action, end)(second, reason="So it is.")

    assert everywhere() == before
    assert TakenDown.of(what, written[what]) == []


def test_what_an_appeal_has_brought_back_stays(written, organizer, second, seeker):
    action = TakenDown.take(organizer, "message", written["message"], "harassment", "No numbers.")
    action.appeal(seeker, reason="It is my own number.")
    action.reverse(second, reason="So it is.")

    with pytest.raises(Refused, match="brought these words back"):
        TakenDown.take(organizer, "message", written["message"], "spam", "Still.")


def test_words_written_since_are_not_overwritten(written, organizer, seeker):
    action = TakenDown.take(organizer, "profile", seeker, "harassment", "No numbers.")
    Member.update(headline="Boat builder").where(Member.id == seeker.id).execute()

    action.undo(organizer, reason="Fine.")

    member = Member.get_by_id(seeker.id)
    assert (member.headline, member.can_help) == ("Boat builder", WORDS)


def test_what_was_taken_down_of_somebody_who_left_is_gone_for_good(written, organizer, seeker):
    action = TakenDown.take(organizer, "profile", seeker, "harassment", "No numbers.")

    forget(Member.get_by_id(seeker.id))
    action.reload()
    action.undo(organizer, reason="Fine.")

    [count] = db.execute_sql(f"SELECT count(*) FROM taken_down WHERE text LIKE '%{WORDS[:12]}%'").fetchone()
    assert count == 0
    assert Member.get_by_id(seeker.id).headline == ""


@pytest.mark.parametrize("what", ["message", "thanks", "profile"])
def test_nobody_else_takes_words_down(what, written, helper, rival, seeker, unchanged):
    for member in (helper, rival, seeker):
        with unchanged(), pytest.raises(NotYours):
            TakenDown.take(member, what, written[what], "spam", "I say so.")


def test_thanks_that_were_taken_down_are_not_said_again(written, organizer, seeker):
    TakenDown.take(organizer, "thanks", written["thanks"], "harassment", "No numbers.")

    with pytest.raises(Refused):
        Claim.get_by_id(written["thanks"].id).thank(seeker, WORDS)


def test_the_thread_says_that_a_message_was_taken_down(written, organizer, hana, sami):
    TakenDown.take(organizer, "message", written["message"], "harassment", "No numbers.")

    theirs, own = (browser.open(f"/claims/{written['thanks'].id}").text for browser in (hana, sami))

    assert "An organizer took down a message of Sami Seeker." in theirs
    assert "An organizer took down a message of yours. Your account page says why." in own
    assert WORDS not in theirs.replace("Thanks " + WORDS, "").replace(written["thanks"].thanks, "")
    assert WORDS in sami.open("/standing").text


def test_words_are_taken_down_from_the_report_in_the_same_step(written, organizer, helper, olga, seeker):
    report = Report.make(helper, "harassment", "He calls me a fool.", message=written["message"])
    page = olga.open(f"/desk/reports/{report.id}")
    assert WORDS in page.text

    olga.press("Uphold the report", consequence="words_removed", reason="Sorry.", to_reported="Be kind.")

    assert Message.get_by_id(written["message"].id).taken_down_at
    assert Action.get().report == report
    assert WORDS in olga.open(f"/desk/reports/{report.id}").text


def test_an_organizer_takes_texts_down_from_the_profile(written, olga, rosa, seeker, sami):
    page = olga.open(f"/members/{seeker.id}")
    olga.follow("Take texts down…")
    page = olga.press("Take them down", rule="harassment", reason="No numbers.")

    assert page.flash == "Done. Whoever wrote it was told, and can appeal."
    assert WORDS not in rosa.open(f"/members/{seeker.id}").text
    assert "An organizer took texts of your profile down." in sami.open(f"/members/{seeker.id}").text


def test_a_member_reports_thanks_on_a_profile(written, helper, rosa, organizer, seeker):
    Member.update(profile_shown="all").where(Member.id == helper.id).execute()
    rosa.open(f"/members/{helper.id}")
    rosa.follow("Report these thanks")
    rosa.press("Send the report", rule="harassment", note="A number.")

    report = Report.get()
    assert (report.thanks, report.member, report.claim) == (written["thanks"], seeker, None)
    assert Claim.get() not in Claim.visible_to(organizer)


def in_export(member):
    export(member, file := io.BytesIO())
    with zipfile.ZipFile(file) as archive:
        return json.loads(archive.read("golem.json"))


def test_taking_words_down_names_the_house_rule_that_was_chosen(written, organizer, helper):
    report = Report.make(helper, "harassment", "Hm.", message=written["message"])
    code, text = HouseRules.current().numbered[0]

    report.uphold(organizer, "words_removed", to_reported="No.", house_rule=code, reason="Yes.")

    assert Action.get().house_rule == text


def test_whoever_is_thanked_reads_nothing_of_a_report_on_the_thanks(written, helper, organizer, rival):
    Member.update(role="organizer").where(Member.id == helper.id).execute()
    Report.make(rival, "harassment", "Hm.", thanks=written["thanks"]).dismiss(organizer, reason="Secret reason.")

    verbs = [event.verb for event in log(Member.get_by_id(helper.id))]

    assert "report.dismiss" not in verbs
    assert "report.dismiss" in [event.verb for event in log(organizer)]
