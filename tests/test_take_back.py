"""A message can be taken back for ten minutes: its words are gone, and the thread says so in their place."""

import io
import json
import zipfile

import pytest
from cast import MONDAY

from models import Claim, Event, Message, Notice, NotYours, Refused, Report, db, export
from models.messages import TAKE_BACK_MINUTES

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

GONE = "Hana Helper took a message back."
LATE = "A message can be taken back for 10 minutes, and they are over."
NO_LONGER = "This message can no longer be taken back."


@pytest.fixture
def message(claim, helper):
    claim.say(helper, "My boss is Petra.")
    return Message.get()


def unread(member):
    return [notice.kind for notice in Notice.unread(member)]


def test_the_words_of_a_message_that_was_taken_back_are_gone(message, helper):
    message.take_back(helper)

    [(body,)] = db.execute_sql("SELECT body FROM message")
    assert body == ""
    assert Event.select().order_by(Event.id.desc()).get().sentence == "Hana Helper took a message back"


def test_nobody_takes_back_what_somebody_else_wrote(message, seeker, organizer):
    for member in (seeker, organizer):
        with pytest.raises(NotYours):
            message.take_back(member)

    assert Message.get().body == "My boss is Petra."


def test_after_ten_minutes_a_message_stays(message, helper, wait, hana):
    wait(minutes=TAKE_BACK_MINUTES)
    assert "Take it back: 1 Jun 2026, 11:00" in hana.open("/claims/1").buttons

    wait(minutes=1)

    assert not any("Take it back" in button for button in hana.open("/claims/1").buttons)
    with pytest.raises(Refused, match=LATE):
        message.take_back(helper)


def test_a_message_is_taken_back_once(message, helper):
    message.take_back(helper)

    with pytest.raises(Refused, match="already"):
        message.take_back(helper)
    assert Event.select().where(Event.verb == "claim.take_back").count() == 1


@pytest.mark.parametrize("about", ["message", "claim"])
def test_what_was_reported_stays_for_the_organizers(message, helper, seeker, hana, about):
    Report.make(seeker, "spam", "", **{about: message if about == "message" else message.claim})

    assert not any("Take it back" in button for button in hana.open("/claims/1").buttons)
    with pytest.raises(Refused, match=NO_LONGER):
        message.take_back(helper)


def test_a_report_that_was_answered_keeps_only_its_own_message(message, helper, seeker, organizer, claim):
    claim.say(helper, "Good morning.")
    Report.make(seeker, "spam", "", message=message).dismiss(organizer, reason="It is fine.")

    claim.messages.where(Message.body == "Good morning.").get().take_back(helper)

    with pytest.raises(Refused, match=NO_LONGER):
        message.take_back(helper)


def test_the_notice_of_a_message_goes_with_it(message, helper, seeker):
    assert unread(seeker) == ["claim.message"]

    message.take_back(helper)

    assert unread(seeker) == []


def test_the_notice_stays_while_there_is_another_message_to_read(message, helper, seeker, claim, wait):
    wait(minutes=2)
    claim.say(helper, "Good morning.")

    message.take_back(helper)

    assert unread(seeker) == ["claim.message"]


def test_the_notice_of_an_earlier_message_that_was_read_does_not_hold_it(message, helper, seeker, claim, wait):
    Notice.read(seeker, claim=claim)
    wait(minutes=2)
    claim.say(helper, "Good morning.")

    claim.messages.where(Message.body == "Good morning.").get().take_back(helper)

    assert unread(seeker) == []


def test_both_see_in_the_thread_that_a_message_was_taken_back(message, hana, sami):
    hana.open("/claims/1")

    hana.press("Take it back: 1 Jun 2026, 11:00")

    assert hana.page.address == "/claims/1"
    for page in (hana.page, sami.open("/claims/1")):
        assert GONE in page.says("thread")
        assert "Petra" not in page.text
        assert "Report this message" not in page.links
    assert not any("Take it back" in button for button in hana.page.buttons)


def test_a_late_press_is_answered_with_a_sentence(message, hana, wait):
    hana.open("/claims/1")
    wait(minutes=11)

    hana.press("Take it back: 1 Jun 2026, 11:00")

    assert hana.page.status == 409
    assert hana.page.flash == LATE
    assert "My boss is Petra." in hana.page.says("thread")


def test_the_open_page_of_the_other_side_hears_of_it(message, helper, seeker, browse, read):
    sami = browse(seeker)
    etag = sami.get("/claims/1").text.split('If-None-Match": "\\"')[1].split("\\")[0]
    poll = {"HX-Request": "true", "HX-Target": "div#thread", "If-None-Match": f'"{etag}"'}
    assert sami.get("/claims/1", headers=poll).status_code == 304

    message.take_back(helper)

    answer = sami.get("/claims/1", headers=poll)
    assert answer.status_code == 200
    assert GONE in read(answer).says("thread")
    assert read(answer).part("status") is None


def test_over_htmx_the_thread_is_answered(message, helper, browse, read):
    hana = browse(helper)
    asked = {"HX-Request": "true", "HX-Target": "div#thread"}

    answer = hana.post("/claims/1/messages/1/take-back", headers=asked)
    page = read(hana.get(answer.location, headers=asked))

    assert answer.status_code == 303
    assert GONE in page.says("thread")
    assert page.part("main") is None


def test_a_message_of_another_claim_is_not_there(message, post, rival, helper, browse):
    Claim.request(post(title="Rigger"), rival, "Please.", ["reference"])

    assert browse(helper).post("/claims/2/messages/1/take-back").status_code == 404
    assert Message.get().body == "My boss is Petra."


def test_what_was_taken_back_is_in_nobodys_export(message, helper, seeker):
    message.take_back(helper)

    for member in (helper, seeker):
        export(member, file := io.BytesIO())
        with zipfile.ZipFile(file) as archive:
            [row] = json.loads(archive.read("golem.json"))["message"]
        assert row["body"] == "These words are gone."
        assert row["taken_back_at"]


def test_the_desk_reads_that_a_reported_message_had_been_taken_back(message, helper, seeker, olga):
    message.take_back(helper)
    report = Report.make(seeker, "spam", "Look at this.", message=message)

    page = olga.open(f"/desk/reports/{report.id}")

    assert "Hana Helper took the message back before it was reported." in page.text


def test_what_an_unnamed_helper_took_back_does_not_name_them(post, helper, seeker, sami):
    claim = Claim.request(post(helper_named=False), seeker, "I have built boats all my life.", ["reference"])
    claim.say(helper, "Which ones?")

    Message.get().take_back(helper)

    assert "The helper took a message back." in sami.open(f"/claims/{claim.id}").says("thread")
