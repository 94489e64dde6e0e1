"""What people do: each step is one thing that somebody in a story does on the site, at one moment of it."""

from datetime import timedelta
from functools import partial

from models import Action, Claim, HiddenFrom, HouseRules, Message, Notice, Referral, Workplace, hidden_from, today

from .library import spoken_days

# Days from the report of a hire to the first day on the job.
NOTICE_PERIOD = 5

# How many agree that thanks stand on a profile, on either side.
AGREES = 0.8


# Postings


def draft(story):
    if story.moves_on:
        Workplace.say(story.helper, story.opening.employer)
    story.referral = Referral.draft(story.helper, **story.posting())


def post(story):
    draft(story)
    story.referral.submit(story.helper)


def schedule(story):
    story.referral.schedule(story.helper, today() + timedelta(days=NOTICE_PERIOD))


def say_too_much(story):
    """The text names what the posting does not: the employer, and whose posting it is."""
    name = story.helper.name.split()[0]
    telling = f"Come to the kitchen door of {story.opening.employer} after two and ask for {name}."
    story.referral.edit(story.helper, **story.columns | {"duties": f"{story.columns['duties']}\n\n{telling}"})


def hide_from_organizers(story):
    """The organizers who do not work with the helper are on the helper's list."""
    for organizer in story.town.organizers:
        if not hidden_from(story.helper, organizer):
            HiddenFrom.add(story.helper, "member", other=organizer)


def review(story):
    """An organizer looks at it, where the policy asks for that: at the first posting of a member."""
    if story.referral.state == "in_review":
        story.referral.approve(story.organizer)


def ask_posting_changes(story):
    story.referral.ask_changes(story.organizer, reason=story.word("posting_changes"))


def hand_in_again(story):
    correct(story)
    story.referral.submit(story.helper)


def correct(story):
    addition = "Reachable by transit, and there is a place for bikes."
    story.referral.edit(story.helper, **story.columns | {"duties": f"{story.columns['duties']}\n\n{addition}"})


def hold(story):
    """An organizer wants to read all that the helper posts."""
    reason = "The pay was lower than at the shop, twice. We read along for a while."
    truth = HouseRules.current().numbered[4][0]  # Post only jobs that are real, with their true pay.
    Action.take(story.organizer, story.helper, "posts_held", "wrong_details", reason, days=30, house_rule=truth)


def raise_pay(story):
    """Readers rely on what it pays: where an organizer reads what the helper posts, the edit waits for that."""
    pay = story.columns["pay_max"] * 6 // 5
    story.referral.edit(story.helper, **story.columns | {"pay_max": pay})


def reject(story):
    story.referral.reject(story.organizer, reason=story.word("rejected"))


def pause(story):
    story.referral.pause(story.helper)


def resume(story):
    story.referral.resume(story.helper)


def renew(story):
    story.referral.renew(story.helper)


def fill(story):
    story.referral.fill(story.helper)


def withdraw_posting(story):
    story.referral.withdraw(story.helper)


def hide(story):
    story.referral.hide(story.organizer, reason=story.word("hidden"))


def restore(story):
    story.referral.restore(story.organizer)


def remove(story):
    story.referral.remove(story.organizer, reason=story.word("removed"))


def reinstate(story):
    story.referral.reinstate(story.organizers[1], reason=story.word("reinstated"))


# Asking


def ask(story):
    """The next seeker asks for help; from now on the story is about their claim."""
    story.claims += 1
    story.claim = request(story, story.claims == story.plot.claims_before_talk)


def ask_too(story):
    """One more seeker asks, and stands in line."""
    request(story)


def request(story, talked_about=False):
    return Claim.request(story.referral, story.next_seeker(), story.note(talked_about), story.choice(talked_about))


def question(story):
    """The two get to know each other before the helper says yes or no."""
    return said_on_one_day(story.word("questions"))


def ask_changes(story):
    story.claim.ask_changes(story.helper, reason=story.word("claim_changes"))


def resubmit(story):
    kinds = [item.kind for item in story.claim.items]
    note = f"{story.claim.note}\n\nTo your question: I have written two lines about it at the top of my résumé as well."
    story.claim.resubmit(story.seeker, note=note, help=kinds)


def decline(story):
    story.claim.decline(story.helper, reason=story.word("decline"))


def accept(story):
    story.claim.accept(story.helper, story.acquaintance)


def agree(story):
    story.claim.agree(story.seeker)


def withdraw(story):
    story.claim.withdraw(story.seeker, reason=story.word("withdraw"))


def release(story):
    story.claim.release(story.helper, reason=story.word("release"))


# Talking


def talk(story):
    """What the two write to each other while they work on it, day by day."""
    return [[partial(say, side=side, body=body) for side, body in day] for day in story.conversation()]


def good_news(story):
    say(story, "S", story.word("good_news"))


def sad_news(story):
    say(story, "S", story.word("sad_news"))


def said_on_one_day(text):
    return [[partial(say, side=side, body=body) for day in spoken_days(text) for side, body in day]]


def say(story, side, body):
    """Whoever writes has the thread open, and so has read what came before."""
    author = story.helper if side == "H" else story.seeker
    Notice.read(author, claim=story.claim)
    story.claim.say(author, body)


def take_back(story):
    """The helper has sent what was meant for somebody else, and notices at once."""
    say(story, "H", "Mum, the keys are with Oona. Do not tell the boss before Friday!")
    story.claim.messages.order_by(Message.id.desc()).get().take_back(story.helper)


# The checklist


def disclose(story):
    story.claim.mark(story.helper, "disclosed")


def give_first(story):
    story.claim.mark(story.helper, f"delivered:{story.claim.items[0].kind}")


def receive_first(story):
    story.claim.mark(story.seeker, f"received:{story.claim.items[0].kind}")


def give_rest(story):
    for item in story.claim.items[1:]:
        story.claim.mark(story.helper, f"delivered:{item.kind}")


def receive_rest(story):
    for item in story.claim.items[1:]:
        story.claim.mark(story.seeker, f"received:{item.kind}")


def apply(story):
    story.claim.mark(story.seeker, "applied")


def interview(story):
    story.claim.mark(story.seeker, "interviewing")


def offer(story):
    story.claim.mark(story.seeker, "offer")


# How it ends


def seeker_reports(story):
    story.claim.report_hired(story.seeker, today() + timedelta(days=NOTICE_PERIOD))


def helper_reports(story):
    story.claim.report_hired(story.helper, today() + timedelta(days=NOTICE_PERIOD))


def confirm(story):
    story.claim.confirm(story.claim.other(story.claim.reported_by))


def not_hired(outcome):
    def report_not_hired(story):
        story.claim.report_not_hired(story.seeker, outcome)

    return report_not_hired


def contest(story):
    story.claim.contest(story.claim.other(story.claim.reported_by), reason=story.word("contest"))


def dispute(about):
    def disputed(story):
        story.claim.dispute(story.seeker, reason=story.word(f"dispute_{about}"))

    return disputed


def decide(decision, lower_by=0):
    """An organizer decides, and takes `lower_by` of a hundred parts off the price."""

    def decided(story):
        owed = story.claim.pledge.amount * (100 - lower_by) // 100 if lower_by else None
        reason = story.word(f"decided_{decision}")
        story.claim.decide(story.organizer, decision, owed=owed, reason=reason)

    return decided


def end_early(story):
    story.claim.report_ended(story.seeker, reason=story.word("ended_early"))


def send(story):
    story.claim.pledge.mark_sent(story.seeker)


def receive_money(story):
    story.claim.pledge.mark_received(story.helper)


def waive(story):
    story.claim.pledge.waive(story.helper)


def lower(story):
    story.claim.pledge.lower(story.organizer, owed=story.claim.pledge.amount // 2, reason=story.word("lowered"))


def thank(story):
    """Most agree that it stands on the profile, and most helpers put it there. Of an unnamed posting it is private."""
    thanks = (story.talk and story.talk.thanks) or story.word("thanks")
    story.claim.thank(story.seeker, thanks, agreed=story.rng.random() < AGREES)
    if story.claim.can("show_thanks", story.helper) and story.rng.random() < AGREES:
        story.claim.show_thanks(story.helper)
