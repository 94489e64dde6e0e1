"""What waits for the organizers on the evening of the demo, and what they did on the evenings before."""

from datetime import timedelta

from models import (
    Action,
    Block,
    Claim,
    Community,
    Employer,
    Guest,
    HiddenFrom,
    HouseRules,
    Inquiry,
    Invitation,
    Member,
    Referral,
    Report,
    Verification,
    Workplace,
    hidden_from,
    today,
)

from .clock import moments
from .plots import HELPER, ORGANIZER, OWNER, PASSWORD, SECOND_ORGANIZER, SEEKER

APPLICANTS = (
    ("Farida Noorzai", "farida@example.net", "My sister is at Lanternfish and told me about you. I do bookkeeping."),
    ("Oleksii Bondar", "oleksii@example.net", "Moved from Winnipeg in October, forklift ticket and a clean licence."),
    (
        "Grace Achieng",
        "grace@example.net",
        "Personal support worker, ten years. I can also help others with their papers.",
    ),
)
TRUSTED = 6

# Somebody who was banned long ago, and has the same mailbox as one who asks to come in now.
BANNED = ("Dale Hutchins", "dale.hutchins@example.net")
BACK_AGAIN = ("D. R. Hutchins", "dalehutchins+circle@example.net", "A friend said you are a kind group. I drive.")

# Whom the owner met at the library and brings along by a list.
GUESTS = """Name, Email
Amina Yusuf, amina@example.net
Terrence Boyle, terrence@example.net
Lourdes Bautista, lourdes@example.net
Petra Novotná, petra@example.net
"""

# Who is with their family at the end of the month: somebody waits for a word of theirs.
TRAVELLER = "Gio Santangelo"

# Of so many an organizer has seen a document, so many the owner knows, and for one two others vouched.
SEEN, KNOWN = 5, 14
VOUCHED_FOR = "Wyatt Pelletier"

# One in so many says after a hire that they work there now.
SETTLING = 3


def evening_at_the_desk(town):
    """Deeds of the last weeks, oldest first: pairs of a moment and what somebody did then."""
    deeds = (
        (140, lambda: see_documents(town)),
        (90, lambda: ban(town)),
        (60, lambda: register(town)),
        (52, lambda: know_people(town)),
        (45, lambda: trust(town)),
        (44, lambda: invite(town)),
        (30, lambda: keep_a_list(town)),
        (20, lambda: warn(town)),
        (19, lambda: appeal_the_warning(town)),
        (15, lambda: vouch(town)),
        (9, lambda: report_a_posting(town)),
        (8, lambda: report_it_too(town)),
        (6, lambda: report_a_demand(town)),
        (6, lambda: bring_along(town)),
        (5, lambda: one_of_them_comes(town)),
        (4, lambda: apply(town)),
        (3, lambda: settle_in(town)),
        (2, lambda: an_employer_writes(town)),
        (2, lambda: a_member_writes(town)),
        (1, lambda: go_away(town)),
        (1, lambda: report_a_member(town)),
        (1, lambda: Community.owner_is_here(town.members[OWNER])),
    )
    for ago, deed in deeds:
        [moment] = moments([ago], town.zone, town.rng)
        yield moment, deed


def register(town):
    owner = town.members[OWNER]
    Employer.register(owner, "City of Toronto", "gifts_only", True, "Public service: help there is a gift, always.")
    Employer.register(owner, "Bright Path Resellers", "no_postings", False, "Three people were never paid.")
    Block.add(owner, "word", "quick money", [])
    Block.add(owner, "domain", "mailinator.com", [])


def see_documents(town):
    """An organizer has seen where some work, of whom most have left since."""
    organizer = town.members[SECOND_ORGANIZER]
    says = Member.select().join(Workplace).where(Workplace.left_at.is_null(), Workplace.name != "")
    for member in list(says.where(Member.role == "member").order_by(Member.id).limit(SEEN)):
        if not hidden_from(member, organizer):
            Verification.see_document(organizer, member, Workplace.current(member).name)


def know_people(town):
    """The owner knows many from the branch table, and where Tenzin works."""
    owner = town.members[OWNER]
    Verification.know(owner, town.members[HELPER], "Tamarack & Tin")
    for member in (
        Member.select().where(Member.role == "member", Member.name != HELPER).order_by(Member.id).limit(KNOWN)
    ):
        Verification.know(owner, member)


def ban(town):
    agreed = HouseRules.agreed(HouseRules.current().id)
    member = Member.join(*BANNED, PASSWORD, **agreed)
    no_money = HouseRules.current().numbered[3][0]  # Nobody asks for money before someone is hired.
    reason = "Asked three people for a deposit before any interview, after a warning."
    Action.take(town.members[OWNER], member, "banned", "money_first", reason, house_rule=no_money)


def bring_along(town):
    Guest.invite(town.members[OWNER], GUESTS, agreed=True, by_letter=False)


def one_of_them_comes(town):
    guest = Guest.at("petra@example.net")
    guest.invitation.knock(guest.name, guest.email, PASSWORD, **HouseRules.agreed(HouseRules.current().id))


def go_away(town):
    town.members[TRAVELLER].go_away(town.members[TRAVELLER], today() + timedelta(days=12))


def vouch(town):
    """Two who were checked say that a third is who she says she is."""
    asked = Verification.find(Verification.ask_to_be_vouched_for(town.members[VOUCHED_FOR]))
    for name in (HELPER, SEEKER):
        asked.vouch(town.members[name])


def trust(town):
    """Those who have posted most are trusted."""
    posted = Member.select().join(Referral, on=(Referral.helper == Member.id)).distinct()
    posted = posted.where(Member.state == "member", Member.role == "member")
    for member in posted.order_by(Member.id).limit(TRUSTED):
        member.trust(town.members[ORGANIZER])


def invite(town):
    made = Invitation.make(Member.get(Member.state == "trusted"), "my neighbour upstairs")
    made.knock("Hyun-woo Seo", "hyunwoo@example.net", PASSWORD)


def keep_a_list(town):
    """Besides the colleagues, whom it has from the start, a list holds the competition and a friend of the boss."""
    helper = town.members[HELPER]
    HiddenFrom.add(helper, "employer", "Second Pour Coffee Bar")
    HiddenFrom.add(helper, "domain", "tamarack-and-tin.example")
    HiddenFrom.add(helper, "member", other=town.members["Lucjan Banaś"])


def warn(town):
    poster = posters(town)[0]
    real = HouseRules.current().numbered[4][0]  # Post only jobs that are real.
    reason = "The same role was posted three times."
    Action.take(town.members[SECOND_ORGANIZER], poster, "warning", "spam", reason, house_rule=real)


def appeal_the_warning(town):
    action = Action.get(Action.kind == "warning")
    action.appeal(action.member, reason="They were three different shifts, each with its own pay.")


def report_a_posting(town):
    seen = Referral.board(viewer=town.members[SEEKER]).where(Referral.employer_named, Referral.pay_period == "hour")
    posting = seen.where(Referral.helper.not_in([*town.organizers, town.members[SEEKER]])).first()
    Report.make(town.members[SEEKER], "wrong_details", "The ad at the shop says two dollars less.", referral=posting)


def report_it_too(town):
    """What two people say of one posting is one card at the desk."""
    posting = Report.get(Report.by == town.members[SEEKER]).referral
    neighbour = town.members[VOUCHED_FOR]
    Report.make(neighbour, "wrong_details", "They told me on the phone that it is nights, too.", referral=posting)


def report_a_demand(town):
    """Somebody was asked for money before a hire: the clocks of that claim stand still."""
    away = [town.members[name] for name in (HELPER, SEEKER)]
    claims = Claim.select().where(Claim.state == "active", Claim.total > 0, Claim.seeker.not_in(away))
    claim = claims.where(Claim.helper.not_in([*away, *town.organizers])).order_by(Claim.id).first()
    Report.make(claim.seeker, "money_first", "They want half of it before the interview.", claim=claim)


def apply(town):
    for name, email, answer in (*APPLICANTS, BACK_AGAIN):
        Member.join(name, email, PASSWORD, state="applicant", answer=answer)


def settle_in(town):
    """Some who were hired say that they work there now. The others are still asked, as is the seeker of the demo."""
    hired = Claim.select().where(Claim.state == "settled", Claim.seeker != town.members[SEEKER]).order_by(Claim.id)
    for claim in list(hired)[::SETTLING]:
        if claim.new_workplace_of(claim.seeker):
            claim.work_there(claim.seeker)


def an_employer_writes(town):
    posting = Referral.board().where(Referral.employer_named).first()
    Inquiry.write(
        name="Moira Tennant",
        email="moira.tennant@example.com",
        employer=posting.employer,
        body="One of our openings is said to be on your board. How does this work, and what is paid?",
    )


def a_member_writes(town):
    Inquiry.ask(town.members[HELPER], "Could we meet at the library again before the holidays? I would bring soup.")


def report_a_member(town):
    Report.make(
        town.members[HELPER], "harassment", "Three messages a day after I had said no.", member=posters(town)[1]
    )


def posters(town):
    """Members with postings who are not among those that one signs in as."""
    known = [*town.organizers, town.members[HELPER], town.members[SEEKER]]
    posted = Member.select().join(Referral, on=(Referral.helper == Member.id)).where(Member.id.not_in(known))
    return list(posted.distinct().order_by(Member.id).limit(2))
