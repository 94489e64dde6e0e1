"""One sentence for each claim: whose move it is, by when, and what happens by default, from where somebody sits."""

from datetime import datetime
from typing import NamedTuple

from models import N_, Community, Member, _

from .display import day, money


class NextStep(NamedTuple):
    """What comes next in a claim, for one of those who may see it.

    `mine` is whether it is their move, and `verb` the first thing that they are to do then, or None.
    `default` is what happens by itself at the `deadline` (UTC), by its name in the log; None, both, where nothing does.
    """

    sentence: str
    mine: bool
    verb: str | None
    deadline: datetime | None
    default: str | None


class Situation(NamedTuple):
    """How a claim can stand: the sentence for whoever has to move and for everybody else, the verb, and the default."""

    yours: str
    theirs: str = ""
    verb: str | None = None
    default: str | None = None


def next_step(claim, member):
    """What comes next in this claim for the member who looks."""
    pledge, mine = claim.pledge, claim.waits_for(member)
    name, timed = _name_of(claim, pledge, member, mine)
    situation = SITUATIONS[name]
    sentence = situation.yours if mine or not situation.theirs else situation.theirs
    deadline = _moment_of(timed) if situation.default else None
    said = _(sentence, **_values(claim, pledge, timed, member))
    away = who_is_away(timed, claim, member) or desk_is_away(claim, pledge, member)
    return NextStep(
        f"{said} {away}".strip(),
        mine,
        situation.verb if mine else None,
        deadline,
        situation.default if deadline else None,
    )


def _moment_of(timed):
    """When the default happens; before a dispute ends, the organizers are reminded."""
    return timed.decide_by if timed.state == "disputed" else timed.due


def who_is_away(timed, claim, member):
    """The sentence that says for whom this deadline of the claim waits, or "". A helper who is not named has no day."""
    away = timed.kept_waiting_by() if timed.due else None
    if away is None or isinstance(away, Community):
        return absence_of_group(away)
    if away == member:
        return _("You are away until %(day)s: your deadlines wait.", day=day(away.away_until))
    if away == claim.helper and not claim.seen_by(member).names_helper:
        return _("The helper is away for a while: the deadlines wait.")
    return _("%(name)s is away until %(day)s: the deadlines wait.", name=away.name, day=day(away.away_until))


def absence_of_group(community):
    """The same for the whole group, or "" where it is here, or None."""
    if community is None or not community.away:
        return ""
    return _("The group is away until %(day)s: the deadlines wait.", day=day(community.away_until))


def desk_is_away(claim, pledge, member):
    """The same for one of the two sides of a claim: "" as well where nothing of it waits for the desk."""
    waits = claim.state == "disputed" or (pledge is not None and pledge.waits_at_desk)
    return absence_of_desk() if waits and not member.organizer else ""


def absence_of_desk():
    """The sentence for whoever waits for an organizer while all of them are away, or ""."""
    back = Member.desk_away_until()
    return _("All organizers are away, the first of them until %(day)s.", day=day(back)) if back else ""


def absence_from(referral, member):
    """The sentence about a helper who is away for those who read the posting, or "": an unnamed one has none."""
    if referral.state == "in_review" and member == referral.helper:
        return absence_of_desk()
    helper = referral.helper
    if not helper.away or not (member == helper or referral.helper_named):
        return ""
    return _("Away until %(day)s: the deadlines wait.", day=day(helper.away_until))


def _values(claim, pledge, timed, member):
    """All that a sentence may name, as this member may know it."""
    return {
        "seeker": claim.seeker.name,
        "helper": claim.seen_by(member).name_of(claim.helper),
        "amount": money(pledge.amount, pledge.currency) if pledge else "",
        "day": _day(timed),
        "answer_by": day(pledge.answer_by) if pledge and pledge.inquiry and pledge.answer_by else "",
        "place": claim.place_in_line if claim.state == "requested" and not claim.due else "",
    }


def _day(timed):
    """The day that the sentence names: of money that rests the end of its rest, which no reminder moves."""
    moment = _moment_of(timed)
    if moment and timed.state == "resting" and timed.rests_until:
        moment = timed.rests_until
    return day(moment) if moment else ""


def _name_of(claim, pledge, member, mine):
    """The name of the situation, and the record whose clock runs in it."""
    if claim.frozen_at and not claim.ended:
        return f"frozen_for_{claim.frozen_for}" if claim.frozen_for else "frozen", claim
    if claim.state in ("active", "reported") and mine and _card_comes_first(claim, pledge, member):
        return f"{_of_claim(claim)}_without_card", claim
    if claim.state == "disputed":
        return _of_dispute(claim, member), claim
    if claim.state in OPEN:
        return _of_claim(claim), claim
    if pledge and pledge.inquiry:
        return _asked_by_bank(claim, pledge, member), pledge
    if pledge and (claim.state in ("hired", "ended_early") or pledge.state in ("refunding", "charged_back", "review")):
        return (_by_card if pledge.by_stripe else _by_hand)(claim, pledge, member), pledge
    if claim.state == "settled":
        state = pledge.state if pledge else ""
        return {"refunded": "money_back", "void": "nothing_owed"}.get(state, "kept"), claim
    return "over", claim


OPEN = ("requested", "changes_asked", "accepted", "active", "reported", "disputed")


def _of_claim(claim):
    if claim.state in ("requested", "changes_asked") and claim.posting_waits():
        return "posting_waits"
    if claim.state == "requested":
        return "requested" if claim.due else "in_line"
    if claim.state == "active":
        return "running_out" if claim.spent_by(claim.due) else "active"
    if claim.state == "reported":
        return "seeker_reported" if claim.reported_by == claim.seeker else "helper_reported"
    return claim.state


def _of_dispute(claim, member):
    if claim.asked_to_end(member):
        return "end_proposed"
    return "disputed_by_nobody" if claim.nobody_decides else "disputed"


def _card_comes_first(claim, pledge, member):
    """Whether this seeker has a card to save, and is not the one who is asked whether they were hired."""
    answers = claim.state == "reported" and claim.reported_by != member
    return pledge and pledge.wants_card and member == claim.seeker and not answers


def _by_hand(claim, pledge, member):
    if pledge.state == "pledged":
        return "pledged"
    if pledge.waits_at_desk:
        return "late_for_organizer" if "organizer" in claim.roles(member) else f"{pledge.state}_late"
    return pledge.state if pledge.state in ("due", "sent") else "nothing_owed"


def _by_card(claim, pledge, member):
    seeker = member == claim.seeker
    if pledge.state == "pledged" and claim.state == "ended_early":
        return "share_by_card"
    if pledge.state == "pledged":
        return "pledged_without_card" if seeker and not pledge.card else "pledged_by_card"
    if pledge.state in ("due", "collecting"):
        return "not_collected" if pledge.waits_at_desk else "collecting"
    if pledge.state == "action_required" and not pledge.asks_for("pay_page", claim.seeker):
        return "not_payable"
    if pledge.state == "action_required" and seeker:
        return "payable" if pledge.due else "payable_late"
    if pledge.state == "refunding" and pledge.waits_for_balance:
        return "short_of_balance"
    if pledge.state == "resting":
        return _resting(claim, pledge, member)
    return f"{pledge.state}_by_card" if f"{pledge.state}_by_card" in SITUATIONS else "nothing_owed"


def _resting(claim, pledge, member):
    if pledge.wants_account_of(member):
        return "account_wanted"
    if not pledge.due:
        return "resting_undecided"
    if pledge.waits_for_balance and not pledge.wants_account_of(claim.helper):
        return "short_of_balance"
    state = "rested" if pledge.has_rested else "resting"
    return f"{state}_without_account" if pledge.wants_account_of(claim.helper) else state


def _asked_by_bank(claim, pledge, member):
    if "organizer" in claim.roles(member) and pledge.answer_by:
        return "bank_asks_organizers"
    return "bank_asks" if pledge.state == "resting" else "bank_asks_late"


SAVE_CARD = N_(
    "Save a card for the price. Nothing is taken unless you are hired and the job lasts. The help can begin meanwhile."
)
LATE = N_("The money has been waiting for long: an organizer looks at it. %(seeker)s owes %(helper)s %(amount)s.")
RESTING = N_(
    "%(seeker)s has paid %(amount)s. It rests with the community until %(day)s, so that a mistake can still be put "
    "right; then it goes to %(helper)s."
)

SITUATIONS = {
    "frozen_for_report": Situation(
        N_(
            "It was reported that money was asked for before the hire. Every deadline waits, and nothing falls due "
            "until an organizer has looked."
        ),
    ),
    "frozen_for_absence": Situation(
        N_("One side cannot come in at the moment. Every deadline waits, and nothing runs out meanwhile."),
    ),
    "frozen": Situation(
        N_("The clocks stand still while an organizer looks at something. Nothing runs out meanwhile."),
    ),
    # Before a hire
    "in_line": Situation(N_("Every seat is taken. This request keeps its place in line: number %(place)s.")),
    "posting_waits": Situation(
        N_("The posting was changed, and an organizer looks at it first. This request waits until it is back."),
    ),
    "requested": Situation(
        N_("Answer by %(day)s; after that the request lapses."),
        N_("%(helper)s has until %(day)s to answer; after that the request lapses."),
        verb="accept",
        default="claim.lapse",
    ),
    "changes_asked": Situation(
        N_("Change your request by %(day)s; after that it lapses."),
        N_("%(seeker)s has until %(day)s to change the request; after that it lapses."),
        verb="resubmit",
        default="claim.lapse",
    ),
    "accepted": Situation(
        N_("Read the terms and agree by %(day)s; after that the claim lapses."),
        N_("%(seeker)s has until %(day)s to agree to the terms; after that the claim lapses."),
        verb="agree",
        default="claim.lapse",
    ),
    "active": Situation(
        N_("Under way. Golem asks how it is going on %(day)s."),
        default="claim.check_in",
    ),
    "active_without_card": Situation(SAVE_CARD, verb="save_card", default="claim.check_in"),
    "running_out": Situation(
        N_("Under way. It runs out on %(day)s unless somebody reports how it ended; then nothing is owed."),
        default="claim.expire",
    ),
    "running_out_without_card": Situation(SAVE_CARD, verb="save_card", default="claim.expire"),
    "seeker_reported": Situation(
        N_("Confirm or contest the hire by %(day)s; silence confirms it."),
        N_("%(helper)s has until %(day)s to confirm or contest; silence confirms the hire."),
        verb="confirm",
        default="claim.presume",
    ),
    "seeker_reported_without_card": Situation(SAVE_CARD, verb="save_card", default="claim.presume"),
    "helper_reported": Situation(
        N_(
            "Confirm or contest the hire by %(day)s; after that an organizer is asked. "
            "You are never charged on the helper's word alone."
        ),
        N_("%(seeker)s has until %(day)s to confirm or contest; after that an organizer is asked."),
        verb="confirm",
        default="claim.presume",
    ),
    "disputed": Situation(
        N_(
            "An organizer who has no part in it decides by %(day)s; after that it ends without a fee. "
            "Until then nothing is due."
        ),
        verb="decide",
        default="claim.end_undecided",
    ),
    "disputed_by_nobody": Situation(
        N_(
            "Nobody here can decide this: every organizer has a part in it. The two sides can end it together "
            "by %(day)s; after that it ends without a fee."
        ),
        default="claim.end_undecided",
    ),
    "end_proposed": Situation(
        N_("Read how the other side would end it. Without a decision by %(day)s it ends without a fee."),
        verb="agree_to_end",
        default="claim.end_undecided",
    ),
    # A price that is paid by hand
    "pledged": Situation(
        N_(
            "The guarantee runs until %(day)s. If the job lasts, %(seeker)s owes %(helper)s %(amount)s then, "
            "and nothing before."
        ),
        default="pledge.fall_due",
    ),
    "due": Situation(
        N_("Send %(amount)s to %(helper)s, then say so here, by %(day)s; after that the organizers are told."),
        N_("%(seeker)s is to send %(amount)s to %(helper)s by %(day)s; after that the organizers are told."),
        verb="mark_sent",
        default="pledge.call_desk",
    ),
    "sent": Situation(
        N_("Has the %(amount)s arrived? Say so by %(day)s; after that the organizers are told."),
        N_("%(helper)s is to say by %(day)s that the %(amount)s has arrived; after that the organizers are told."),
        verb="mark_received",
        default="pledge.call_desk",
    ),
    "due_late": Situation(LATE, verb="mark_sent"),
    "sent_late": Situation(LATE, verb="mark_received"),
    "late_for_organizer": Situation(LATE, verb="lower"),
    # A price that is paid by card
    "pledged_by_card": Situation(
        N_(
            "The guarantee runs until %(day)s. If the job lasts, the card of %(seeker)s is charged %(amount)s then, "
            "and nothing before."
        ),
        default="pledge.fall_due",
    ),
    "pledged_without_card": Situation(
        N_(
            "The guarantee runs until %(day)s. If the job lasts, you owe %(helper)s %(amount)s then. Save a card, "
            "so that it can be charged by itself; nothing is taken before."
        ),
        verb="save_card",
        default="pledge.fall_due",
    ),
    "share_by_card": Situation(
        N_(
            "The job ended early. By the terms %(seeker)s owes %(helper)s %(amount)s for the days worked; the card is "
            "charged on %(day)s, unless somebody asks an organizer to decide."
        ),
        default="pledge.fall_due",
    ),
    "collecting": Situation(
        N_("The job lasted: %(amount)s is being charged to the card of %(seeker)s."),
        default="pledge.call_desk",
    ),
    "not_collected": Situation(N_("The %(amount)s could not be collected for long: an organizer looks at it.")),
    "not_payable": Situation(
        N_("The %(amount)s is not due yet: the guarantee still runs, or an organizer is looking at this claim."),
    ),
    "payable": Situation(
        N_(
            "The %(amount)s for the help of %(helper)s is due, and could not be charged by itself. Nothing has been "
            "taken. Pay with any card by %(day)s; after that the organizers are told."
        ),
        verb="pay",
        default="pledge.call_desk",
    ),
    "payable_late": Situation(
        N_(
            "The %(amount)s for the help of %(helper)s is due, and could not be charged by itself. Nothing has been "
            "taken. Pay with any card; the organizers know that it is late."
        ),
        verb="pay",
    ),
    "action_required_by_card": Situation(
        N_("%(seeker)s was asked to pay the %(amount)s."),
        default="pledge.call_desk",
    ),
    "account_wanted": Situation(
        N_("%(seeker)s has paid %(amount)s. It waits with the community: open a payout account, and it goes to you."),
        verb="open_account",
    ),
    "resting": Situation(RESTING, default="pledge.release"),
    "resting_without_account": Situation(RESTING, default="pledge.await_helper"),
    "rested": Situation(N_("%(seeker)s has paid %(amount)s. It goes to %(helper)s next."), default="pledge.release"),
    "rested_without_account": Situation(
        N_("%(seeker)s has paid %(amount)s. It goes to %(helper)s as soon as they have a payout account."),
        default="pledge.await_helper",
    ),
    "bank_asks": Situation(
        N_(
            "The bank of %(seeker)s is asking about this payment. The %(amount)s waits with the community until the "
            "bank has its answer from the organizers."
        ),
    ),
    "bank_asks_late": Situation(
        N_("The bank of %(seeker)s is asking about this payment, and has taken nothing. The organizers answer it."),
    ),
    "bank_asks_organizers": Situation(
        N_("The bank of %(seeker)s is asking about this payment. Answer it in Stripe's dashboard by %(answer_by)s."),
    ),
    "short_of_balance": Situation(
        N_(
            "%(seeker)s has paid %(amount)s. The money waits, because the community's balance at Stripe is empty. "
            "The organizers know. You need to do nothing."
        ),
    ),
    "resting_undecided": Situation(
        N_("%(seeker)s has paid %(amount)s. It rests with the community until the organizers have decided."),
    ),
    "releasing_by_card": Situation(
        N_("The money is on its way to %(helper)s."),
        default="pledge.call_desk",
    ),
    "refunding_by_card": Situation(
        N_("%(amount)s is going back to %(seeker)s. A bank can take some days for it."),
        default="pledge.call_desk",
    ),
    "charged_back_by_card": Situation(
        N_(
            "The bank of %(seeker)s has taken the money back, because the payment was disputed there. "
            "An organizer looks at it."
        ),
    ),
    "review_by_card": Situation(
        N_("Something about this payment does not fit, and an organizer looks at it. Nobody has to do anything."),
    ),
    "paid_by_card": Situation(N_("The money went to %(helper)s.")),
    # When it is over
    "nothing_owed": Situation(N_("Nothing is owed any more.")),
    "money_back": Situation(N_("The money went back to %(seeker)s. Nothing is owed any more.")),
    "kept": Situation(N_("All promises are kept.")),
    "over": Situation(N_("This claim has ended. Nothing is owed.")),
}
