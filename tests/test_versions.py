"""Versions: a decision is made from the state that was shown, and what was shown of an older one is refused."""

import re

import pytest
from cast import MONDAY, PASSWORD, POSTING
from pages import controls
from world import build, pages

from models import (
    LADDER,
    Action,
    Claim,
    Event,
    Invitation,
    Member,
    Notice,
    Pledge,
    Referral,
    Refused,
    Report,
    Verification,
    now,
)
from models.desk import KINDS
from models.verbs import ORGANIZERS, Record

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

MOVED_ON = "This has moved on in the meantime. Here is how it stands now."

# Which records the addresses of a room are about.
NOUNS = {
    "claims": (Claim, Pledge),
    "referrals": (Referral,),
    "invitations": (Invitation,),
    "account/verification": (Verification,),
    "desk/verifications": (Verification,),
    "standing": (Action,),
    "desk/members": (Member,),
    "desk/actions": (Action,),
    "desk/money": (Pledge,),
}
HARMLESS = ("mark", "unmark")  # A tick on the checklist can be repeated.


@pytest.fixture
def everybody(organizer, second, rival, helper, seeker):
    return {"outsider": rival, "helper": helper, "seeker": seeker, "organizer": second, "owner": organizer}


@pytest.fixture
def world(everybody, by_card, post, use, set_policy):
    return build(everybody, by_card, post, use, set_policy)


@pytest.fixture
def nina(organizer):
    """Nina has applied to join."""
    columns = {"email": "nina@example.org", "password_hash": organizer.password_hash, "state": "applicant"}
    return Member.create(name="Nina New", answer="I mend clocks.", **columns)


# On every page


def test_every_form_of_a_verb_carries_the_version_of_its_record(app, world, everybody, browse, read):
    browsers, found, wrong = {browse(member): member for member in everybody.values()}, set(), []

    for _endpoint, address in pages(app, world):
        for browser, member in browsers.items():
            answer = browser.get(address)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                for verb, version, record in carried(read(answer), address, member):
                    found.add(f"{record.noun}.{verb}")
                    if version != str(record.version):
                        wrong.append((address, member.name, verb, version))

    assert not wrong
    assert set(ON_PAGES.split()) == found


# Every verb that somebody has a button for in that world.
ON_PAGES = """
action.appeal action.keep action.reverse action.several action.undo
claim.accept claim.agree claim.ask_changes claim.confirm claim.contest claim.decide claim.decline claim.dispute
claim.propose_end claim.release claim.report_ended claim.report_hired claim.report_not_hired claim.resubmit
claim.thank claim.withdraw
inquiry.answer inquiry.several
invitation.end
member.act member.admit member.appoint member.dismiss member.end_sessions member.introduce member.make_owner
member.several member.take_off_tree member.trust member.turn_down
pledge.lower pledge.mark_received pledge.mark_sent pledge.refund pledge.remind pledge.several pledge.waive
referral.approve referral.ask_changes referral.edit referral.fill referral.hide referral.pause referral.reinstate
referral.reject referral.remove referral.renew referral.restore referral.resume referral.schedule referral.several
referral.submit referral.take_down referral.withdraw
report.dismiss report.several report.uphold
verification.give_up verification.revoke
"""


# What a form needs besides what it shows; nothing of it counts where the record has changed since.
TYPED = {
    "reason": "Because.",
    "consequence": "none",
    "kind": "warning",
    "rule": "spam",
    "decision": "cancelled",
    "owed": "1",
    "answer": "Yes.",
}
TYPED |= {"outcome": "hired_elsewhere", "start_date": "2026-06-01", "note": "Please.", "thanks": "Thank you."}


def test_no_organizer_decides_anything_from_an_older_page(app, world, everybody, browse, read, unchanged):
    tried, went_through = set(), []

    for member in (everybody["organizer"], everybody["owner"]):
        browser = browse(member)
        for _endpoint, address in pages(app, world):
            answer = browser.get(address)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                for name, target, typed in presses(read(answer), address, member):
                    if name not in tried:
                        tried.add(name)
                        with unchanged(but="notice"):
                            status = browser.post(target, data=typed).status_code
                        went_through += [(name, status)] if status != 409 else []

    assert went_through == []
    assert {name for name in ON_PAGES.split() if is_organizers(name)} <= tried


def is_organizers(name):
    """Whether this is a verb that an organizer may use by that role."""
    noun, _dot, verb = name.partition(".")
    rules = next(table.verbs() for table in Record.__subclasses__() if table.noun == noun)
    return verb in ("act", "several") or bool(set(rules[verb].by if verb in rules else ()) & set(ORGANIZERS))


def presses(page, address, member):
    """What each button of a verb on a page sends from an older copy of it: the verb, where to, and all that is sent."""
    for form in page.all("form", method="post"):
        action = form.get("action") or address
        sent, _offered = controls(page.within(form))
        sent.pop(None, None)
        older = {name: str(10**6) for name in sent if name.partition(".")[0] == "version"}
        kind = {"kind": ""} if action.partition("?")[0] == "/desk" else {}
        for verb, _version, record in carried(page, address, member, form):
            typed = {**sent, **TYPED, **kind, **older, "act": verb}
            if verb == "several":
                key = next(name[8:] for name in older if queued(name[8:]) == record)
                typed |= {"item": key, "act": KINDS[key.partition(":")[0]].acts[0]}
            yield f"{record.noun}.{verb}", action, typed


def carried(page, address, member, only=None):
    """The forms of verbs on a page: the verb, the version that the form sends, and the record that it is about."""
    for form in page.all("form", method="post") if only is None else [only]:
        sent, _offered = controls(page.within(form))
        action = form.get("action") or address
        buttons = {button.get("value") for button in page.within(form, "button") if button.get("name") == "act"}
        if action.partition("?")[0] == "/desk":
            boxes = [box.get("value") for box in page.within(form, "input") if box.get("name") == "item"]
            for key in boxes:
                for verb in {"several"} if form.get("id") == "batch" else buttons:
                    yield verb, sent.get(f"version.{key}"), queued(key)
        elif judged := re.match(r"/desk/reports/(\d+)$", action):
            for verb in buttons:
                yield verb, sent.get("version"), Report.get_by_id(judged[1])
        elif found := about(action, member):
            verb, record = found
            yield verb, sent.get("version"), record


def queued(key):
    kind, id = key.split(":")
    return KINDS[kind].noun.get_by_id(id)


def about(action, member):
    """The verb and the record of a form that is sent to this address; None where it is no verb of a record."""
    if action == "/account":
        return "introduce", Member.get_by_id(member.id)
    parts = re.match(r"/(.*)/(\d+)/(\w+)$", action)
    if parts is None:
        return None
    room, id, verb = parts.groups()
    if (room, verb) == ("desk/members", "act"):
        return verb, Member.get_by_id(id)
    noun = next((noun for noun in NOUNS.get(room, ()) if verb in noun.verbs() and verb not in HARMLESS), None)
    if noun is None:
        return None
    return verb, Claim.get_by_id(id).pledge if (noun, room) == (Pledge, "claims") else noun.get_by_id(id)


def test_each_verb_raises_the_version_by_one(world):
    nouns = [noun for noun in Record.__subclasses__() if hasattr(noun, "verbs")]
    counted = {}

    for noun in nouns:
        for record in noun.select():
            verbs = [f"{noun.noun}.{verb}" for verb in noun.verbs()]
            verbs += [f"action.{kind}" for kind in LADDER] if noun is Member else []
            about = {name: value for name, value in record.about().items() if name in ("number", noun.noun)}
            if noun is Pledge:
                about = {"claim": record.claim}
            events = Event.select().where(Event.verb.in_(verbs), *(getattr(Event, k) == v for k, v in about.items()))
            counted[record] = (record.version, 1 + events.count() + done_meanwhile(record))

    assert {record: both for record, both in counted.items() if both[0] != both[1]} == {}
    assert max(version for version, _ in counted.values()) > 5


def done_meanwhile(record):
    """How often organizers acted about whoever is reported, while a report waited: it is told of that too."""
    if not isinstance(record, Report):
        return 0
    decided = Event.select().where(Event.verb.in_(("report.uphold", "report.dismiss")), Event.number == record.id)
    made = Event.get(Event.verb == "report.make", Event.number == record.id)
    acted = Event.select().where(Event.verb.in_([f"action.{kind}" for kind in LADDER]), Event.id > made.id)
    acted = acted.where(Event.member == record.member)
    end = decided.first()
    return (acted.where(Event.id < end.id) if end else acted).count()


# At the queue


def test_an_application_that_was_changed_meanwhile_is_read_again_before_it_is_decided(olga, nina, unchanged):
    olga.open("/desk")
    Member.get_by_id(nina.id).introduce(name="Nina Nobody")

    with unchanged():
        page = olga.press("Turn down", reason="We know her well.")

    assert (page.status, page.flash) == (409, MOVED_ON)
    assert "Nina Nobody" in page.text
    assert "We know her well." in [box.text.strip() for box in page.all("textarea", _class="kept")]
    assert olga.press("Turn down", reason="We know her well.").flash == "1 item is done."


def test_of_several_chosen_items_those_that_have_changed_are_left(olga, nina):
    nora = Member.join("Nora Nobody", "nora@example.org", PASSWORD, state="applicant")
    olga.open("/desk")
    Member.get_by_id(nina.id).introduce(name="Nina Nobody")
    nora_key, nina_key = f"application:{nora.id}", f"application:{nina.id}"

    alone = olga.press("Turn down all chosen", item=[nina_key], reason="Full.")
    olga.open("/desk")
    Member.get_by_id(nina.id).introduce(name="Nina Nemo")
    together = olga.press("Turn down all chosen", item=[nora_key, nina_key], reason="Full.")

    assert (alone.status, alone.flash, alone.typed("reason")) == (409, MOVED_ON, "Full.")
    assert together.flash.startswith("1 item is done. 1 item was left:")
    assert Member.get_by_id(nina.id).state == "applicant"


def test_an_item_without_a_version_is_decided_as_it_is(olga, nina):
    answer = olga.client.post("/desk", data={"item": f"application:{nina.id}", "act": "admit"})

    assert answer.status_code == 303
    assert Member.get_by_id(nina.id).state == "new"


def test_a_version_that_is_no_number_of_any_row_is_refused(olga, nina, read, unchanged):
    typed = {"item": f"application:{nina.id}", "act": "admit", f"version.application:{nina.id}": "9" * 30}

    with unchanged():
        page = read(olga.client.post("/desk", data=typed))

    assert (page.status, page.flash) == (409, MOVED_ON)


def test_of_two_organizers_who_decide_from_the_same_page_the_second_is_refused(
    olga, oscar, organizer, helper, seeker, rival, unchanged
):
    action = Action.take(organizer, rival, "warning", "spam", "Once is enough.")
    action.appeal(rival, reason="It was not me.")
    olga.open(f"/desk/actions/{action.id}")
    oscar.open(f"/desk/actions/{action.id}")
    assert oscar.press("The action stands", reason="It was.").flash == "Done. Rosa Rival was told."

    with unchanged():
        page = olga.press("Undo", reason="Let it be.")

    assert (page.status, page.flash) == (409, MOVED_ON)
    assert Action.get().state == "kept"


def test_of_two_organizers_who_act_on_a_member_from_the_same_page_the_second_sees_what_the_first_did(
    olga, oscar, helper, unchanged
):
    olga.open(f"/desk/members/{helper.id}")
    oscar.open(f"/desk/members/{helper.id}")
    oscar.press("Act", kind="warning", rule="spam", reason="Forty messages in a day.")

    with unchanged():
        page = olga.press("Act", kind="warning", rule="spam", reason="That was too much.")

    assert (page.status, page.flash) == (409, MOVED_ON)
    assert "That was too much." in page.text
    assert [action.by.name for action in Action.of(helper)] == ["Oscar Organizer"]


def test_a_posting_that_reports_have_hidden_meanwhile_is_seen_before_it_is_hidden(olga, referral, seeker, unchanged):
    seeker.settle_in()
    olga.open(f"/referrals/{referral.id}")
    Report.make(seeker, "not_real", "They are closed.", referral=referral)

    with unchanged():
        page = olga.press("Hide", reason="It is an advertisement.")

    assert (page.status, page.flash) == (409, MOVED_ON)


# Postings and profiles


def test_a_change_of_an_older_copy_of_a_posting_is_refused_and_kept(hana, walk, helper, referral, unchanged):
    elsewhere = walk(helper)
    hana.open(f"/referrals/{referral.id}/edit")
    elsewhere.open(f"/referrals/{referral.id}/edit")
    assert elsewhere.press("Save", title="Master shipwright").status == 200

    with unchanged():
        page = hana.press("Save", title="Boat builder", duties="Mend nets.")

    assert (page.status, page.flash) == (409, MOVED_ON)
    assert (page.typed("title"), page.typed("duties").strip()) == ("Boat builder", "Mend nets.")
    assert "Master shipwright, Harbour Works" in page.says("as-it-stands")
    assert hana.press("Save").status == 200, "Now they have seen it."
    assert Referral.get().title == "Boat builder"


def test_a_mistake_in_a_posting_shows_no_other_copy_of_it(hana, referral):
    hana.open(f"/referrals/{referral.id}/edit")

    page = hana.press("Save", title="")

    assert (page.status, page.part("as-it-stands")) == (422, None)


def test_a_profile_that_was_changed_elsewhere_is_not_overwritten_unseen(sami, walk, seeker, unchanged):
    elsewhere = walk(seeker)
    sami.open("/account")
    elsewhere.open("/account")
    elsewhere.press("Save profile", headline="Welder")

    with unchanged():
        page = sami.press("Save profile", headline="Joiner")

    assert (page.status, page.flash, page.typed("headline")) == (409, MOVED_ON, "Joiner")
    assert sami.press("Save profile").flash == "Your profile is saved."


@pytest.mark.parametrize("address", ["/account", "/referrals/1/edit", "/referrals/1/pause"])
def test_a_version_that_there_never_was_is_refused_everywhere(address, hana, referral, read, unchanged):
    typed = POSTING | {"name": "Hana", "version": str(10**30)}

    with unchanged():
        assert hana.client.post(address, data=typed).status_code == 409


# Claims and their price


def test_a_price_that_was_lowered_meanwhile_is_seen_before_it_is_sent(lead, olga, sami, unchanged):
    pledge = lead(Pledge, "due")
    pledge.call_desk()
    sami.open(f"/claims/{pledge.claim_id}")
    olga.open(f"/claims/{pledge.claim_id}")
    olga.press("Lower it", owed="10", reason="Half of it was given.")
    Notice.update(read_at=now()).execute()

    with unchanged():
        page = sami.press("I have sent the money")

    assert (page.status, page.flash) == (409, MOVED_ON)
    assert "$10" in page.text
    assert sami.press("I have sent the money").status == 200
    assert Pledge.get().state == "sent"


def test_a_tick_on_the_checklist_counts_from_an_older_page_too(lead, sami):
    claim = lead(Claim, "active")
    page = sami.open(f"/claims/{claim.id}")
    claim.mark(claim.helper, what="disclosed")

    form = next(form for form in page.all("form") if form.get("action") == f"/claims/{claim.id}/mark")
    sent, _offered = controls(page.within(form))
    answer = sami.client.post(f"/claims/{claim.id}/mark", data=sent)

    assert "version" not in sent
    assert answer.status_code == 303
    assert {mark.what for mark in claim.marks} == {"disclosed", sent["what"]}


# Clocks


@pytest.mark.parametrize("older", [0, 1], ids=["the page before", "an older page"])
def test_a_deadline_that_passes_before_a_press_is_seen_first(older, referral, helper, time_machine):
    referral.expect(referral.version - older)
    time_machine.move_to(referral.due)

    with pytest.raises(Refused, match=MOVED_ON):
        referral.pause(helper)

    assert Referral.get().state == "published"
