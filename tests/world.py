"""A world with something of everything, and the addresses of all the pages that show it."""

from cast import PASSWORD, WAYS, newcomer
from test_matrix import at_work, mailed_to, values_of

from models import (
    Action,
    Assignment,
    Authenticator,
    Beside,
    Block,
    Claim,
    Employer,
    Inquiry,
    Invitation,
    Member,
    Merchant,
    Message,
    OneTimeLink,
    Pledge,
    Referral,
    Report,
    Verification,
    today,
)

# What shows nothing by itself, or only to who is half way in.
NO_PAGES = {
    "static",
    "accounts.well_known_change_password",
    "factors.ask",
    "health.metrics",
    "payments.returned",
    "payouts.returned",
    "setup.show",
}


def build(everybody, by_card, post, use, set_policy):
    """Something of everything, most of it between the helper and the seeker. Returns the values of addresses."""
    helper, seeker, second, rival = (everybody[role] for role in ("helper", "seeker", "organizer", "outsider"))
    set_policy(open_claims_cap=100)

    def lead(noun, state):
        if state not in WAYS[noun]:
            if noun is Pledge:
                return lead(Claim, "hired").pledge
            referral = post(publish=noun is Claim, employer=f"Yard {Referral.select().count()}")
            return Claim.request(referral, seeker, "Please.", ["good_word"]) if noun is Claim else referral
        if state == "in_review":
            set_policy(review="all")
        before, step = WAYS[noun][state]
        record = lead(noun, before)
        when = {"start_date": today()} if step == "report_hired" else {}
        step(record) if callable(step) else use(record, step, **when)
        set_policy(review="none")
        record.reload()
        return record

    by_card("resting")
    claims = [lead(Claim, state) for state in ("requested", *WAYS[Claim])]
    referrals = [lead(Referral, state) for state in ("draft", *WAYS[Referral])]
    Merchant.current().turn_off(everybody["owner"])
    pledges = [lead(Pledge, state) for state in ("pledged", "due", "due", "sent", "paid")]
    Merchant.current().turn_on(everybody["owner"])
    for pledge in pledges[1:3]:
        pledge.call_desk()
    active = next(claim for claim in claims if claim.state == "active")
    active.say(seeker, "Good morning.")
    active.mark(seeker, what="applied")
    claims[-1].thank(seeker, "Thank you.")
    reports = [
        Report.make(seeker, "spam", "Hm.", referral=referrals[4]),
        Report.make(seeker, "spam", "Hm.", claim=active),
    ]
    invitation = Invitation.make(second)
    action = Action.take(second, helper, "warning", "spam", "Forty messages.")
    action.appeal(helper, reason="I meant well.")
    Action.take(second, seeker, "note", "spam", "Spoke on the phone.")
    inquiry = Inquiry.write(name="Petra", email="p@yard.example", employer="Yard 3", body="Hello?")
    Member.join("Nia New", "nia@example.org", PASSWORD, state="applicant", invited_by=second)
    Member.update(invited_by=second).where(Member.id.in_([helper, seeker])).execute()
    Employer.register(second, "Yard 3", "gifts_only", False, "Careful.")
    Block.add(second, "word", "pyramid", [])
    Assignment.take(second, reports[0].held_as)
    link = OneTimeLink.for_member(rival, second)
    Authenticator.begin(seeker)
    third = newcomer("Wyn Withal", second)
    beside, _code = Beside.request(second, third, referrals[4], "Please.", ["good_word"])
    for member in (helper, rival, seeker):
        Verification.know(second, member)
    vouching = Verification.find(token := Verification.ask_to_be_vouched_for(seeker))
    vouching.vouch(helper)
    all_claims = [Claim.get(), *claims, *(pledge.claim for pledge in pledges)]
    return {
        "claims": [{"id": claim.id} for claim in all_claims],
        "referrals": [{"id": referral.id} for referral in referrals],
        "payments": [{"id": claim.id} for claim in all_claims],
        "payouts": [{"year": 2026}],
        "members": [{"id": member.id} for member in (helper, seeker, rival)],
        "reports": [{"referral": referrals[4].id}, {"claim": active.id}, {"member": helper.id}],
        "invitations": [values_of(invitation)],
        "accounts": [{"token": link}],
        "verifications.open_vouch": [{"token": token}],
        "verifications.open_letter": [at_work(seeker)],
        "letters.open_sign_in": [{"token": mailed_to(rival, "mailed")}],
        "letters.open_new_address": [{"token": mailed_to(rival, "address", "new@example.org")}],
        "letters.open_confirm": [{"token": mailed_to(rival, "confirm")}],
        "beside": [{"id": beside.id}],
        "desk.beside": [{"id": third.id}],
        "desk.beside_posting": [{"id": third.id}],
        "desk.beside_request": [{"id": third.id, "referral": referrals[4].id}],
        "desk.checks": [{"id": member.id} for member in (helper, seeker, second)],
        "desk.member": [{"id": member.id} for member in (helper, seeker, second)],
        "desk.words": [{"what": "profile", "id": helper.id}, {"what": "message", "id": Message.get().id}],
        "desk.report": [{"id": report.id} for report in reports],
        "desk.action": [{"id": action.id}],
        "desk.contact": [{"id": inquiry.id}],
        "desk.payment": [{"id": pledge.id} for pledge in Pledge.through_stripe()],
    }


def pages(app, world):
    """The addresses of all pages: those about records with each of the world's."""
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint not in NO_PAGES:
            room = rule.endpoint.partition(".")[0]
            fit = [values for values in world.get(rule.endpoint, world.get(room, [])) if rule.arguments <= set(values)]
            needs_none = not rule.arguments and rule.endpoint != "reports.new"
            for values in [{}] if needs_none else fit:
                with app.test_request_context():
                    address = app.url_for(rule.endpoint, _external=False, **values)
                yield rule.endpoint, address
