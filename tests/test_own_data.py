"""What is one's own: taken along, deleted with the account, and gone after its time."""

import io
import json
import zipfile

import pytest
from cast import MONDAY, PASSWORD, newcomer
from peewee import IntegrityError
from playhouse.test_utils import count_queries
from racing import at_once, press, through

import models
from models import (
    Action,
    Claim,
    Duties,
    Event,
    HiddenFrom,
    Invitation,
    Letter,
    Member,
    Message,
    Notice,
    NotYours,
    OneTimeLink,
    Pledge,
    Policy,
    Referral,
    Refused,
    Report,
    SignIn,
    Workplace,
    db,
    now,
    own_rows,
    purge,
    sweep,
)

pytestmark = pytest.mark.time_machine(MONDAY, tick=False)

# What the member who goes has written everywhere, and one word in each.
WORDS = {
    "name": "Quillon Quick",
    "email": "quillon@quick.example",
    "headline": "Quarrymaster",
    "can_help": "Quartz and quarries",
    "answer": "Quests brought me here",
}


@pytest.fixture
def quill(organizer):
    """A member whose every word begins with Q; the others have none of them."""
    member = newcomer("Quillon Quick", organizer)
    Member.update(**WORDS).where(Member.id == member.id).execute()
    member.reload()
    Workplace.say(member, "Quirky Quarries")
    return member


def dump():
    """Everything that the database file holds, with what FTS keeps of words; and the file itself."""
    db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(db.database, "rb") as file:
        return "\n".join(db.connection().iterdump()), file.read().decode("latin-1")


def found(*words):
    """Which of these words are anywhere in the database, whatever their case."""
    lines, raw = dump()
    return [word for word in words if word.casefold() in lines.casefold() or word.casefold() in raw.casefold()]


def end_account(member, wait):
    member.ask_to_leave(member)
    wait(days=8)
    sweep()
    member.reload()


# Leaving


def test_nobody_is_deleted_for_seven_days(seeker, wait):
    seeker.ask_to_leave(seeker)

    wait(days=6, hours=23)
    sweep()
    assert Member.get_by_id(seeker.id).name == "Sami Seeker"
    wait(hours=1)
    sweep()
    assert Member.get_by_id(seeker.id).state == "former"


def test_whoever_changes_their_mind_in_time_loses_nothing(seeker, wait):
    before = Member.get_by_id(seeker.id).__data__
    seeker.ask_to_leave(seeker)
    wait(days=6)
    seeker.stay(seeker)
    wait(days=30)
    sweep()

    seeker.reload()
    assert {**seeker.__data__, "version": 0} == {**before, "version": 0}


def test_asking_ends_every_session_and_link_and_tells(seeker, organizer, told):
    SignIn.open(seeker)
    OneTimeLink.for_member(seeker, organizer)

    seeker.ask_to_leave(seeker)

    assert SignIn.select().where(SignIn.member == seeker).count() == 0
    assert OneTimeLink.select().where(OneTimeLink.member == seeker).count() == 0
    assert told(seeker)[0] == "member.ask_to_leave"


def test_nobody_asks_for_somebody_else(seeker, organizer, rival):
    for other in (organizer, rival):
        with pytest.raises(NotYours):
            seeker.ask_to_leave(other)


def test_whoever_keeps_an_account_that_goes_on_anyway_is_told_so(seeker):
    with pytest.raises(Refused, match="is not being deleted"):
        seeker.stay(seeker)


def test_the_last_owner_has_to_hand_over_first(organizer, second, wait):
    with pytest.raises(Refused, match="hand the community over first"):
        organizer.ask_to_leave(organizer)
    second.make_owner(organizer)
    organizer.ask_to_leave(organizer)

    with pytest.raises(Refused, match="hand the community over first"):
        second.ask_to_leave(second)
    wait(days=8)
    sweep()
    assert Member.get_by_id(organizer.id).state == "former"
    assert Member.get_by_id(organizer.id).role == "member"


def test_postings_of_somebody_who_leaves_are_not_on_the_board(referral, helper, seeker):
    helper.ask_to_leave(helper)

    assert not Referral.board().exists()
    with pytest.raises(Refused, match="cannot answer at the moment"):
        Claim.request(referral, seeker, "Please.", ["reference"])
    helper.stay(helper)
    assert Referral.board().exists()


def test_keeping_and_ending_at_the_same_moment_come_to_one_of_them(seeker, wait):
    seeker.ask_to_leave(seeker)
    wait(days=7)

    answers = at_once(press(seeker, "stay", seeker), lambda: Member.get_by_id(seeker.id).catch_up())

    seeker.reload()
    assert seeker.state == "former"
    assert len(through(answers)) == 1
    assert seeker.name == "A former member"


# What is gone


@pytest.mark.parametrize("side", ["helper", "seeker"])
def test_nothing_that_somebody_wrote_is_found_once_their_account_is_deleted(side, quill, seeker, second, post, wait):
    other, helps = seeker, side == "helper"
    words = {"title": "Quarryman", "employer": "Quirky Quarries", "influence": "Quite some"} if helps else {}
    referral = post(by=quill if helps else other, duties="Quench the kiln" if helps else "Bake.", **words)
    note = "Hello." if helps else "Quince?"
    claim = Claim.request(referral, other if helps else quill, note, ["reference"])
    claim.say(quill, "Quietly I quote.")
    claim.say(other, "You are welcome.")
    if helps:
        claim.ask_changes(quill, reason="Quibbles about it.")
    Report.make(quill, "spam", "Quarrels.", member=other).dismiss(second, reason="No.")
    Action.take(second, quill, "warning", "spam", "Quacking all day.").appeal(quill, reason="Querulous? Me?")
    Action.get().keep(organizer_but(second), reason="It stands.")
    Member.update(state="trusted").where(Member.id == quill.id).execute()
    quill.reload()
    Invitation.make(quill, "Quotable note")
    Letter.ask("known", quill.email)
    SignIn.open(quill, "Quokka browser")
    Notice.update(read_at=None).execute()
    words = ["Quill", "Quick", "Quarr", "Quart", "Quirk", "Quests", "Quote", "Quot", "Quince", "Quibble", "Quench"]
    words += ["Quack", "Querul", "Quokka"]
    assert set(found(*words)) >= {"Quill", "Quarr", "Quote", "Quack", "Querul", "Quokka"}

    end_account(quill, wait)

    assert quill.state == "former"
    assert found(*words) == []
    assert [message.body for message in claim.messages.order_by(Message.id)] == [
        "These words are gone.",
        "You are welcome.",
    ]
    assert Claim.get().ended


def test_the_address_is_free_again_and_the_password_opens_nothing(quill, wait):
    end_account(quill, wait)

    with pytest.raises(models.Invalid):
        Member.by_password("quillon@quick.example", PASSWORD)
    again = Member.join("Quillon again", "quillon@quick.example", PASSWORD)
    assert again.id != quill.id


def test_two_former_members_do_not_stand_in_each_others_way(seeker, rival, wait):
    for member in (seeker, rival):
        end_account(member, wait)

    assert {seeker.name, rival.name} == {"A former member"}


def test_open_claims_end_without_a_fee_and_the_other_side_is_told(lead, helper, seeker, told, wait):
    claim = lead(Claim, "active")
    assert claim.pledge.state == "pledged"

    end_account(seeker, wait)

    claim.reload()
    assert (claim.state, claim.pledge.state) == ("cancelled", "void")
    assert "claim.end_without_fee" in told(helper)
    assert seeker.state == "former"


# What is owed stays


@pytest.mark.parametrize("state", ["pledged", "due", "sent"])
def test_what_is_owed_stays_payable_and_the_account_ends_once_it_is_paid(state, lead, seeker, helper, wait):
    pledge = lead(Pledge, state)
    end_account(seeker, wait)

    assert not seeker.former
    assert seeker.name == "Sami Seeker"
    assert "Money" in models.open_matter(seeker)
    pledge.reload()
    assert pledge.state not in ("void", "waived")
    pledge.waive(helper)
    wait(days=1)
    sweep()
    assert Member.get_by_id(seeker.id).state == "former"
    assert Pledge.get().amount == 5000


@pytest.mark.parametrize("state", ["reported", "disputed", "hired"])
def test_a_hire_that_is_not_settled_keeps_the_account(state, lead, seeker, wait):
    lead(Claim, state)
    seeker.ask_to_leave(seeker)
    wait(days=7)
    sweep()

    assert not Member.get_by_id(seeker.id).former


def test_a_report_or_an_appeal_keeps_the_account_until_it_is_answered(seeker, second, rival, wait):
    report = Report.make(rival, "spam", "Hm.", member=seeker)
    end_account(seeker, wait)
    assert "report" in models.open_matter(seeker)
    report.uphold(second, reason="Right.", consequence="warning", to_reported="Enough.")
    action = Action.get()
    action.appeal(seeker, reason="I meant well.")
    wait(days=1)
    sweep()
    assert "appeal" in models.open_matter(seeker)

    action.reload()
    action.keep(organizer_but(second), reason="It stands.")
    wait(days=1)
    sweep()

    assert Member.get_by_id(seeker.id).state == "former"


def organizer_but(member):
    return next(one for one in Member.organizers() if one != member)


@pytest.mark.parametrize("state", ["resting", "review", "refunding", "charged_back"])
def test_money_at_stripe_keeps_the_account(state, by_card, seeker, wait):
    by_card(state)
    seeker.ask_to_leave(seeker)
    wait(days=7)
    sweep()

    assert not Member.get_by_id(seeker.id).former


def test_the_ledger_stays_and_names_nobody(by_card, helper, seeker, wait):
    pledge = by_card("paid")
    entries = [(entry.kind, entry.amount) for entry in pledge.entries]
    assert entries

    end_account(seeker, wait)

    pledge = Pledge.get()
    assert [(entry.kind, entry.amount) for entry in pledge.entries] == entries
    assert (pledge.amount, pledge.card_name, pledge.consent) == (5000, "", "")
    assert found("Sami", "sami@example.org") == []


# Events


def test_a_reason_can_be_emptied_and_nothing_else_about_an_event(claim, helper, unchanged):
    claim.decline(helper, reason="No time.")
    Event.update(reason="").where(Event.reason == "No time.").execute()

    for change in ({"reason": "Some"}, {"verb": "claim.accept", "reason": ""}, {"actor": None, "reason": ""}):
        with unchanged(), pytest.raises(IntegrityError, match="stays on record"):
            Event.update(**change).execute()


# Taking it along


def archive(member):
    file = io.BytesIO()
    models.export(member, file)
    return zipfile.ZipFile(file)


def texts(member):
    """Every file of the archive, as text."""
    found = archive(member)
    return [found.read(name).decode() for name in found.namelist()]


def table(member, name):
    return json.loads(archive(member).read("golem.json"))[name]


def test_an_archive_holds_what_one_wrote_and_what_was_written_to_one(claim, helper, seeker, rival):
    claim.say(helper, "Good morning.")
    claim.say(seeker, "=HYPERLINK(1)")

    mine = archive(seeker)

    tables = json.loads(mine.read("golem.json"))
    assert [(row["author"], row["body"]) for row in tables["message"]] == [
        ("Hana Helper", "Good morning."),
        ("Sami Seeker", "=HYPERLINK(1)"),
    ]
    assert tables["member"][0]["email"] == "sami@example.org"
    assert [row["note"] for row in tables["claim"]] == ["I have built boats all my life."]
    assert "'=HYPERLINK(1)" in mine.read("message.csv").decode()
    assert mine.testzip() is None


def test_an_archive_holds_nothing_of_others(claim, helper, seeker, rival, organizer):
    Report.make(rival, "spam", "A secret report.", member=seeker)
    claim.say(helper, "Between us.")
    SignIn.open(helper, "Helpers browser")

    texts = [archive(rival).read(name).decode() for name in archive(rival).namelist()]
    own = [archive(seeker).read(name).decode() for name in archive(seeker).namelist()]

    assert not [text for text in texts if "Between us." in text or "boats all my life" in text]
    assert not [text for text in own if "secret report" in text or "Rosa" in text or "hana@example.org" in text]
    assert not [text for text in own if "Helpers browser" in text]


@pytest.fixture
def unnamed_claim(post, seeker, organizer):
    """A request for help of a helper who is not named, with all that is written down of it."""
    referral = post(helper_named=False, employer_named=False)
    claim = Claim.request(referral, seeker, "Please.", ["good_word"])
    claim.say(referral.helper, "Tell me about your boats.")
    Report.make(seeker, "spam", "Hm.", referral=referral)
    Report.make(seeker, "other", "Hm.", claim=claim).dismiss(organizer, reason="It is one message.")
    claim.ask_changes(referral.helper, reason="Which boats?")
    return claim


def test_an_archive_names_no_helper_whom_one_does_not_know(unnamed_claim, helper, seeker):
    found = texts(seeker)

    assert any("Tell me about your boats." in text for text in found)
    assert any("A member" in text for text in found)
    assert not [text for text in found if "Hana" in text or "Harbour Works" in text]
    unnamed_claim.resubmit(seeker, note="Two.", help=["good_word"])
    unnamed_claim.accept(helper)
    assert any("Hana Helper" in text for text in texts(seeker))


def test_an_archive_is_written_with_few_statements_however_much_there_is(unnamed_claim, seeker):
    def asked(table):
        with count_queries() as counted:
            list(own_rows(table, seeker))
        return counted.count

    archive(seeker)
    few = {table: asked(table) for table in (Claim, Event, Notice, Message, Report)}
    for number in range(20):
        unnamed_claim.say(unnamed_claim.helper, f"Boat {number}")
        unnamed_claim.log("message", unnamed_claim.helper)

    archive(seeker)
    assert {table: asked(table) for table in few} == few


def test_an_archive_holds_nothing_about_what_is_hidden_by_now(post, seeker, helper):
    claim, other = Claim.request(post(), seeker, "Please.", ["good_word"]), post(title="Rigger")
    Notice.create(member=seeker, kind="referral.fill", referral=other)
    Event.create(verb="referral.fill", actor=seeker, referral=other)
    assert [row["referral"] for row in table(seeker, "notice")] == [other.id]

    HiddenFrom.add(helper, "member", other=seeker)

    assert table(seeker, "notice") == []
    assert {row["claim"] for row in table(seeker, "event")} == {claim.id}
    assert {row["helper"] for row in table(seeker, "claim")} == {"A member"}


def test_an_archive_holds_no_hash_and_no_token(seeker, organizer):
    SignIn.open(seeker)
    OneTimeLink.for_member(seeker, organizer)

    text = archive(seeker).read("golem.json").decode()

    assert "argon2" not in text
    assert SignIn.get().token_hash not in text
    assert "password_hash" not in text


def test_the_card_of_a_seeker_is_not_in_the_archive_of_the_helper(by_card, helper, seeker):
    by_card("resting")

    assert "4242" in table(seeker, "pledge")[0]["card_name"]
    assert table(helper, "pledge")[0]["card_name"] is None
    assert table(helper, "entry") == table(seeker, "entry") != []


def test_a_long_past_comes_whole(claim, seeker, helper):
    Message.insert_many([{"claim": claim, "author": helper, "body": f"No {n}"} for n in range(450)]).execute()

    bodies = [row["body"] for row in table(seeker, "message")]

    assert bodies == [f"No {n}" for n in range(450)]


# What is past its time


def test_declined_applications_go_after_the_time_of_the_policy(organizer, set_policy, wait):
    set_policy(application_days=30)
    member = Member.join("Nia New", "nia@example.org", PASSWORD, state="applicant", answer="Let me in.")
    member.turn_down(organizer, reason="We are full.")

    wait(days=29, hours=23)
    sweep()
    assert found("Nia", "Let me in", "We are full") == ["Nia", "Let me in", "We are full"]
    wait(hours=1)
    sweep()
    assert found("Nia", "nia@", "Let me in", "We are full") == []


@pytest.mark.parametrize("state", ["new", "applicant"])
def test_who_joined_and_never_opened_the_letter_goes_after_thirty_days(state, organizer, wait):
    Member.knock("Nia New", "nia@example.org", PASSWORD, by_letter=True, state=state, answer="Let me in.")

    wait(days=29, hours=23)
    sweep()
    assert found("Nia", "nia@", "Let me in") == ["Nia", "nia@", "Let me in"]
    wait(hours=2)
    sweep()
    assert found("Nia", "Let me in") == []
    assert Member.select().where(Member.email == "nia@example.org").count() == 0


def test_who_opened_the_letter_in_time_stays_and_so_does_who_was_made_an_organizer(organizer, wait):
    for name in ("nia", "noor"):
        Member.knock(name, f"{name}@example.org", PASSWORD, by_letter=True)
    nia, noor = (Member.get(Member.name == name) for name in ("nia", "noor"))
    nia.confirm_address(nia.email)
    noor.appoint_by_command()

    wait(days=400)
    sweep()

    assert [Member.get_by_id(member.id).state for member in (nia, noor)] == ["new", "new"]


def test_who_is_let_in_after_all_stays(organizer, wait):
    member = Member.join("Nia New", "nia@example.org", PASSWORD, state="applicant")
    member.turn_down(organizer, reason="We are full.")
    member.give_second_chance(organizer)
    member.admit(organizer)
    wait(days=400)
    sweep()

    assert Member.get_by_id(member.id).state == "new"


def test_read_notices_go_and_unread_ones_stay(referral, seeker, helper, wait):
    claim = Claim.request(referral, seeker, "Please.", ["reference"])
    Notice.read(helper)
    claim.say(seeker, "Hello?")
    days = Policy.current().notice_days

    wait(days=days)
    purge()
    assert Notice.newest(helper).count() == 2
    wait(seconds=1)
    purge()
    assert [notice.kind for notice in Notice.newest(helper)] == ["claim.message"]


def test_sessions_without_use_go(seeker, wait):
    SignIn.open(seeker)
    days = SignIn.kept.until.days

    wait(days=days)
    purge()
    assert SignIn.select().count() == 1
    wait(seconds=1)
    purge()
    assert SignIn.select().count() == 0


def test_texts_of_postings_that_ended_go_and_the_rest_of_them_stays(referral, helper, wait):
    referral.withdraw(helper)
    days = Policy.current().posting_days

    wait(days=days)
    purge()
    assert "wooden boats" in Duties.get().text
    wait(seconds=1)
    purge()
    assert Duties.get().text == ""
    assert found("wooden") == []
    assert Referral.get().title == "Shipwright"


def test_a_posting_whose_text_is_gone_is_written_anew_before_it_is_renewed(referral, helper, wait):
    wait(days=46)
    sweep()
    wait(days=200)
    purge()
    referral = Referral.get()

    with pytest.raises(Refused, match="Edit it first"):
        referral.renew(helper)


def test_texts_stay_while_a_claim_is_open_or_a_report_waits(post, helper, seeker, rival, wait):
    reported, claimed = post(employer="One"), post(employer="Two")
    Report.make(rival, "wrong_details", "Hm.", referral=reported)
    claim = Claim.request(claimed, seeker, "Please.", ["reference"])
    claim.accept(helper)
    claim.agree(seeker)
    for referral in (reported, claimed):
        Referral.update(state="expired", due=None).where(Referral.id == referral.id).execute()
    wait(days=200)
    purge()

    assert {row.text for row in Duties.select()} == {"Build and mend **wooden boats**."}


@pytest.fixture
def ended(claim, helper, seeker):
    """A claim that was declined with words on both sides."""
    claim.say(helper, "Good morning.")
    claim.say(seeker, "Good evening.")
    claim.decline(helper, reason="No time at all.")
    return claim


def test_the_words_of_a_claim_go_seven_days_after_a_warning_to_both(ended, helper, seeker, told, wait):
    days = Policy.current().thread_days
    wait(days=days - 7, seconds=-1)
    purge()
    assert "claim.words_go" not in told(helper)
    wait(seconds=1)
    purge()
    assert told(helper).count("claim.words_go") == told(seeker).count("claim.words_go") == 1
    wait(days=7, seconds=-1)
    purge()
    assert Message.select().count() == 2

    wait(seconds=1)
    purge()

    assert Message.select().count() == 0
    assert found("morning", "boats all my life", "No time at all") == []
    assert Claim.get().words_gone
    assert (Claim.get().state, Claim.get().note) == ("declined", "These words are gone.")
    purge()
    assert told(helper).count("claim.words_go") == 1


def test_a_report_after_the_warning_keeps_the_words(ended, seeker, second, wait, told):
    wait(days=358)
    purge()
    report = Report.make(seeker, "harassment", "Read it.", claim=ended)
    wait(days=8)
    purge()
    assert Message.select().count() == 2

    report.dismiss(second, reason="Read it.")
    wait(days=1)
    purge()
    assert Message.select().count() == 2, "They are warned once more."
    wait(days=8)
    purge()
    assert Message.select().count() == 0


@pytest.mark.parametrize("state", ["due", "sent"])
def test_words_stay_while_money_is_open(state, lead, seeker, helper, wait):
    pledge = lead(Pledge, state)
    pledge.claim.say(helper, "Here is how to pay.")
    wait(days=1000)
    purge()
    wait(days=8)
    purge()

    assert Message.select().count() == 1
    assert Claim.get().words_go_at is None


def test_much_is_deleted_a_few_rows_at_a_time(seeker, wait):
    rows = [{"member": seeker, "kind": "claim.message", "read_at": now()} for _n in range(500)]
    Notice.insert_many(rows).execute()
    wait(days=91)
    statements = []
    db.query_hooks.append(lambda event: statements.append(event.sql))

    purge()

    db.query_hooks.pop()
    assert Notice.select().count() == 0
    assert len([sql for sql in statements if sql.startswith('DELETE FROM "notice"')]) == 3
