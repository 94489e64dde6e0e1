"""What people read for each word of the rules: the names of states, kinds and codes, and the tones of their badges."""

from typing import NamedTuple

from models import ACQUAINTANCES, INDUSTRIES, KINDS_WRITTEN, N_, OUTCOMES, REPORT_REASONS, _


class Label(NamedTuple):
    """A name, the tone of a badge that bears it, and what is said about it where there is room."""

    name: str
    tone: str = ""
    more: str = ""


HELP = {
    "good_word": Label(N_("A good word"), more=N_("I tell the person who hires what I think of you.")),
    "introduction": Label(N_("An introduction"), more=N_("I bring you together with somebody who has a say.")),
    "reference": Label(N_("A formal reference"), more=N_("I answer for you in writing, or when they call.")),
    "resume_review": Label(N_("A résumé review"), more=N_("We go through yours with this role in mind.")),
    "interview_coaching": Label(N_("Interview coaching"), more=N_("We practise what they are likely to ask.")),
    "role_briefing": Label(N_("A role briefing"), more=N_("I tell you what the job is really like.")),
}

# What it means for somebody who is leaving to give it: said where they choose what to offer.
HELP_MEANS = {
    "good_word": N_(
        "It means a letter to your employer with your name and what you are paid. "
        "Offer it only once you have given notice."
    ),
    "introduction": N_(
        "Whoever you introduce them to learns that you are leaving. Offer it only once you have given notice."
    ),
    "reference": N_("Your name stands under it, and people at work may hear of it. Give notice first."),
    "resume_review": N_("Only the two of you know of it. They learn your name once you accept."),
    "interview_coaching": N_("Only the two of you know of it. Questions that only you could know point to you."),
    "role_briefing": N_("Only the two of you know of it. Keep back what only you could know until you have left."),
}

WORK_MODES = {"on_site": N_("On site"), "hybrid": N_("Hybrid"), "remote": N_("Remote")}

PAY_PERIODS = {"hour": N_("an hour"), "week": N_("a week"), "month": N_("a month"), "year": N_("a year")}

CONNECTIONS = {
    "leaving": N_("I am leaving this job"),
    "works_there": N_("I work there and stay"),
    "knows_of": N_("I know of the opening"),
}

HELPER_NAMED = {
    "no": N_("Unnamed until I accept a claim"),
    "yes": N_("By name"),
}
EMPLOYER_NAMED = {
    "no": N_("In my own words until I accept a claim"),
    "yes": N_("By name"),
}
SMALL_EMPLOYER = {"yes": N_("Yes, fewer than 20"), "no": N_("No, 20 or more")}
YES_NO = {"yes": N_("Yes"), "no": N_("No")}
MONTH_ONLY = {"no": N_("The exact day"), "yes": N_("Only its month")}

HIDING_KINDS = {
    "employer": N_("An employer, and whoever works there"),
    "domain": N_("A mail domain, and whoever has an address there"),
}
HIDING_SOURCES = {
    "workplace": N_("Your workplace"),
    "earlier": N_("An earlier workplace of yours"),
    "posting": N_("A posting about your own job"),
    "address": N_("Your mail address"),
    "asked": N_("You asked for it"),
}

REFERRAL_STATES = {
    "draft": Label(N_("Draft"), "quiet", N_("A draft that only you see. Publish it when it reads well.")),
    "in_review": Label(N_("In review"), "info", N_("An organizer looks at it before it is published.")),
    "changes_asked": Label(
        N_("Changes asked"), "warn", N_("An organizer asked for changes: edit it, then publish it again.")
    ),
    "published": Label(N_("On the board"), "ok", N_("On the board until %(day)s.")),
    "paused": Label(N_("Paused"), "warn", N_("Paused: nobody can claim it at the moment.")),
    "expired": Label(N_("Ran out"), "quiet", N_("It has left the board.")),
    "filled": Label(N_("Filled"), "ok", N_("This role is filled.")),
    "withdrawn": Label(N_("Withdrawn"), "quiet", N_("Withdrawn.")),
    "rejected": Label(N_("Turned down"), "stop", N_("Turned down by an organizer.")),
    "hidden": Label(N_("Hidden for review"), "warn", N_("Hidden until an organizer has looked at it.")),
    "removed": Label(N_("Removed"), "stop", N_("Removed by an organizer.")),
}

CLAIM_STATES = {
    "requested": Label(N_("Requested"), "info"),
    "changes_asked": Label(N_("Changes asked"), "warn"),
    "accepted": Label(N_("Terms ready"), "info"),
    "active": Label(N_("Active"), "ok"),
    "reported": Label(N_("Hire reported"), "info"),
    "disputed": Label(N_("With the organizers"), "warn"),
    "hired": Label(N_("Hired"), "ok"),
    "settled": Label(N_("Settled"), "ok"),
    "declined": Label(N_("Declined"), "quiet"),
    "withdrawn": Label(N_("Withdrawn"), "quiet"),
    "lapsed": Label(N_("Lapsed"), "quiet"),
    "released": Label(N_("Let go"), "quiet"),
    "closed": Label(N_("Closed"), "quiet"),
    "not_hired": Label(N_("Not hired"), "quiet"),
    "ended_early": Label(N_("Ended early"), "quiet"),
    "cancelled": Label(N_("Cancelled"), "quiet"),
    "expired": Label(N_("Ran out"), "quiet"),
}

PLEDGE_STATES = {
    "pledged": Label(N_("Pledged"), "info"),
    "due": Label(N_("Due"), "warn"),
    "sent": Label(N_("Sent"), "info"),
    "paid": Label(N_("Paid"), "ok"),
    "waived": Label(N_("Waived"), "gift"),
    "void": Label(N_("Nothing owed"), "quiet"),
    "collecting": Label(N_("Being charged"), "info"),
    "action_required": Label(N_("Seeker has to pay"), "warn"),
    "resting": Label(N_("Rests"), "info"),
    "releasing": Label(N_("On its way"), "info"),
    "refunding": Label(N_("Going back"), "warn"),
    "refunded": Label(N_("Given back"), "quiet"),
    "charged_back": Label(N_("Taken back by the bank"), "stop"),
    "review": Label(N_("Does not fit"), "stop"),
}

# What a line of the ledger is, by the kind of the movement.
MOVEMENTS = {
    "charge": N_("Paid by the seeker"),
    "fee": N_("Card fee, kept by Stripe"),
    "transfer": N_("Sent to the helper"),
    "reversal": N_("Back from the helper"),
    "refund": N_("Given back to the seeker"),
    "refund_failed": N_("Could not be given back"),
    "chargeback": N_("Moved by the seeker's bank"),
}

# Why a payment is in review, by what comes before the colon in its code.
TROUBLES = {
    "amount": N_("The amount that was paid is not the amount that was agreed."),
    "currency": N_("Stripe keeps this money in another currency than the community's."),
    "ledger": N_("Something that our ledger holds is no longer shown by Stripe."),
    "refund_failed": N_("Stripe could not give the money back: the seeker's bank did not take it."),
    "refund": N_("Stripe refused to give the money back."),
    "reverse": N_("Stripe could not take the money back from the helper: it is probably spent."),
    "refund_waits": N_(
        "A refund waits: there is not enough money at Stripe. Add some in its dashboard, and it goes out by itself."
    ),
    "partial_refund": N_("Part of the money was given back in Stripe's dashboard."),
    "refunded_after_payout": N_("The money was given back in Stripe's dashboard, but the helper still has it."),
    "reversed": N_("Money was taken back from the helper: they have less than the payment brings."),
    "partial_chargeback": N_("The seeker's bank has taken back a part of the money."),
    "two_transfers": N_("The helper was sent money twice."),
    "with_helper": N_("Nothing is owed, but the helper has money of this payment."),
    "gone": N_("Stripe no longer knows the seeker of this payment: somebody has deleted them in the dashboard."),
    "won_late": N_("The bank decided for the community after the payment had been closed."),
    "payout_failed": N_("Stripe could not pay the money out to the helper's bank."),
}

# What keeps card payments from working, and what to do about it.
PROBLEMS = {
    "no_key": Label(
        N_("There is no key."),
        more=N_("Whoever runs the site sets STRIPE_SECRET_KEY, and starts the site again."),
    ),
    "wrong_key": Label(
        N_("Stripe does not accept the key."),
        more=N_(
            "It may have been withdrawn. Make a new one in Stripe's dashboard, set STRIPE_SECRET_KEY, start again."
        ),
    ),
    "other_mode": Label(
        N_("The key is for the other mode, test or live, than the one that payments were turned on in."),
        more=N_("Set the key for the mode that members count on."),
    ),
    "other_account": Label(
        N_("The key belongs to another Stripe account than the one that payments were turned on with."),
        more=N_("Set a key of the account that holds the members' payments."),
    ),
    "silent": Label(
        N_("Stripe has not answered for hours."),
        more=N_(
            "Look at status.stripe.com, and at this site's way to the internet. Nothing is lost: it goes on by itself."
        ),
    ),
    "not_compared": Label(
        N_("They have not been compared with Stripe since the site was started, and wait until that has gone through."),
        more=N_("Nothing is lost: it goes on by itself as soon as Stripe answers."),
    ),
    "not_checked": Label(N_("Stripe has not been asked yet."), more=N_("Press “Check now”.")),
    "no_secret": Label(
        N_("There is no webhook secret."),
        more=N_(
            "Add two webhooks in Stripe's dashboard for the address below, one for your account and one for connected "
            "accounts. Set STRIPE_WEBHOOK_SECRET to both secrets, with a comma between them."
        ),
    ),
    "no_charges": Label(
        N_("The Stripe account cannot take payments yet."),
        more=N_("Finish its activation in Stripe's dashboard."),
    ),
    "no_connect": Label(
        N_("The Stripe account cannot pay helpers yet."),
        more=N_("Turn on Connect in Stripe's dashboard."),
    ),
    "currency": Label(
        N_("Golem cannot charge cards in the community's currency."),
        more=N_("Prices can still be settled by hand."),
    ),
    "other_currency": Label(
        N_("The Stripe account is kept in another currency than the community's."),
        more=N_("Use a Stripe account in the community's currency."),
    ),
}

# How often Stripe pays the community's balance out to its bank.
PAYOUTS = {
    "manual": N_("Only when you ask for it"),
    "daily": N_("By themselves, every day"),
    "weekly": N_("By themselves, every week"),
    "monthly": N_("By themselves, every month"),
}

# What will keep card payments from working one day, and what to do about it before.
WARNINGS = {
    "automatic_payouts": Label(
        N_("Stripe pays your balance out by itself."),
        more=N_(
            "Money that rests for members goes to your bank too, and refunds and helpers have to wait. "
            "In Stripe's dashboard, set payouts to manual."
        ),
    ),
}

# Why the account that a helper had at Stripe is of no use any more.
LOST_ACCOUNTS = {
    "closed": Label(
        N_("Stripe has closed your account."),
        more=N_("You can open a new one now. Money that comes for you waits until then."),
    ),
    "cut_off": Label(
        N_("Your account at Stripe no longer takes money from this community."),
        more=N_("You can open a new one now. Money that comes for you waits until then."),
    ),
}

# What Stripe asks of a helper, by the last word of the requirement's name.
REQUIREMENTS = {
    "given_name": N_("Your first name"),
    "surname": N_("Your last name"),
    "date_of_birth": N_("Your date of birth"),
    "address": N_("Your address"),
    "email": N_("Your email address"),
    "phone": N_("Your phone number"),
    "default_outbound_destination": N_("The bank account that the money should go to"),
    "tos_acceptance": N_("That you agree to Stripe's terms"),
    "legal_entity_data": N_("Who you are"),
}

SETTLEMENTS = {"offline": N_("By hand, between the two"), "stripe": N_("By card, through Stripe")}

STEPS = {
    "disclosed": N_("The employer knows that this referral is helped, and what for"),
    "delivered": N_("Given: %(help)s"),
    "received": N_("Received: %(help)s"),
    "applied": N_("Applied for the role"),
    "interviewing": N_("In interviews"),
    "offer": N_("Has an offer"),
}

DECISIONS = {
    "hired": N_("Hired: the terms hold"),
    "not_hired": N_("Not hired: nothing is owed"),
    "ended_early": N_("Ended within the guarantee"),
    "cancelled": N_("Cancelled: the claim ends without a fee"),
}

QUIET = {
    "claim": N_("Claims"),
    "referral": N_("Postings nobody asked about"),
    "member": N_("Members who never came back"),
    "pledge": N_("Late payments"),
}

QUEUE_KINDS = {
    "application": N_("Application"),
    "review": N_("Review"),
    "report": N_("Report"),
    "dispute": N_("Dispute"),
    "settlement": N_("Stuck payment"),
    "appeal": N_("Appeal"),
    "contact": N_("Letter"),
}

ACTS = {
    "admit": N_("Let in"),
    "turn_down": N_("Turn down"),
    "approve": N_("Approve"),
    "ask_changes": N_("Ask for changes"),
    "reject": N_("Turn down"),
    "uphold": N_("Uphold the report"),
    "dismiss": N_("Dismiss the report"),
    "keep": N_("The action stands"),
    "reverse": N_("Take it back"),
    "answer": N_("Answered"),
    "remind": N_("Remind both sides"),
}

# What a reason of the desk's list is for.
REASON_FOR = {
    "turn_down": N_("To turn down an applicant"),
    "ask_changes": N_("To ask for changes of a posting"),
    "reject": N_("To turn down a posting"),
    "uphold": N_("To uphold a report"),
    "dismiss": N_("To dismiss a report"),
    "keep": N_("When an action stands"),
    "reverse": N_("When an action is taken back"),
    "answer": N_("When an employer was answered"),
}

STANDINGS = {
    "applicant": Label(N_("Applicant"), "info"),
    "declined": Label(N_("Turned down"), "stop"),
    "new": Label(N_("New"), "quiet"),
    "member": Label(N_("Member"), "quiet"),
    "trusted": Label(N_("Trusted"), "ok"),
    "former": Label(N_("Left"), "quiet"),
}

INVITATION_STATES = {
    "open": Label(N_("Open"), "info"),
    "used": Label(N_("Used"), "quiet"),
    "ended": Label(N_("Ended"), "quiet"),
    "over": Label(N_("Ran out"), "quiet"),
}

MEMBER_VERBS = {
    "admit": N_("Let in"),
    "turn_down": N_("Turn down"),
    "give_second_chance": N_("Give a second chance"),
    "take_off_tree": N_("Take the name off the tree"),
    "trust": N_("Trust"),
    "distrust": N_("Withdraw the trust"),
    "appoint": N_("Make an organizer"),
    "make_owner": N_("Make an owner"),
    "dismiss": N_("Dismiss as organizer"),
    "end_sessions": N_("Sign out everywhere"),
    "reset_factor": N_("Reset the second step"),
}

ACTIONS = {
    "note": N_("Note"),
    "warning": N_("Warning"),
    "posts_held": N_("Postings held for review"),
    "reports_held": N_("Cannot report anything"),
    "silenced": N_("Silenced: cannot write, post or claim"),
    "suspended": N_("Suspended"),
    "banned": N_("Banned"),
    "words_removed": N_("Words taken down"),
    "hidden": N_("Posting hidden"),
    "removed": N_("Posting removed"),
}

# What follows from an upheld report.
FOLLOWS = {
    "none": N_("Nothing more"),
    "note": N_("A note about the member"),
    "warning": N_("A warning"),
    "words_removed": N_("The words are taken down"),
    "hidden": N_("The posting is hidden"),
    "removed": N_("The posting is removed"),
    "posts_held": N_("Their postings wait for a review"),
    "silenced": N_("They cannot write, post or claim"),
    "suspended": N_("They are suspended"),
    "banned": N_("They are banned"),
}

ACTION_STATES = {
    "in_force": Label(N_("In force"), "warn"),
    "appealed": Label(N_("Appealed"), "info"),
    "kept": Label(N_("In force after an appeal"), "warn"),
    "reversed": Label(N_("Taken back after an appeal"), "ok"),
    "undone": Label(N_("Taken back"), "ok"),
    "replaced": Label(N_("Replaced by a removal"), "quiet"),
    "lapsed": Label(N_("Taken back: nobody could hear the appeal"), "ok"),
    "over": Label(N_("Over"), "quiet"),
}

REPORT_STATES = {
    "open": Label(N_("Waits"), "info"),
    "upheld": Label(N_("Upheld"), "ok"),
    "dismissed": Label(N_("Dismissed"), "quiet"),
}

EMPLOYER_RULES = {
    "fine": N_("Fine"),
    "gifts_only": N_("Gifts only"),
    "no_postings": N_("No postings"),
}

JOINING = {
    "application": N_("By application"),
    "invitation": N_("By invitation only"),
    "open": N_("Open to all"),
    "closed": N_("Closed"),
}

REVIEW = {"all": N_("All"), "new": N_("Those of new members"), "none": N_("None")}

PRICE_CLASSES = {"referral": N_("Referral"), "coaching": N_("Coaching"), "information": N_("Information")}

POLICY = {
    "charging": N_("Prices allowed"),
    "priced_classes": N_("What may have a price"),
    "price_cap": N_("Highest price"),
    "guarantee_days": N_("Guarantee, days"),
    "pro_rata": N_("Pro-rata when a job ends early"),
    "hired_means": N_("Hired means"),
    "joining": N_("Who comes in"),
    "question": N_("Question to applicants"),
    "appeal_days": N_("Days to appeal"),
    "review": N_("Which postings wait for a review"),
    "seats_cap": N_("Most seats of a posting"),
    "open_claims_cap": N_("Most open claims of a seeker"),
    "listing_days": N_("Days on the board"),
    "reminder_days": N_("Reminder, days before"),
    "request_days": N_("Days to answer a request"),
    "changes_days": N_("Days to change a request"),
    "agree_days": N_("Days to agree"),
    "report_days": N_("Days to confirm a hire"),
    "active_days": N_("Days until an active claim runs out"),
    "check_in_days": N_("Check-ins on days"),
    "settle_days": N_("Days to send the money"),
    "thread_days": N_("Days that a claim's messages are kept"),
    "posting_days": N_("Days that a posting's text is kept"),
    "application_days": N_("Days that a declined application is kept"),
    "reapply_days": N_("Days until somebody turned down can apply again"),
    "notice_days": N_("Days that read notices are kept"),
    "unnamed": N_("Helpers are unnamed until they accept"),
    "tree_open": N_("All members read who invited whom"),
    "dispute_days": N_("Days to decide a dispute"),
    "archive_days": N_("Days that an ended posting can be read"),
    "settlement": N_("How a price is paid"),
    "fee_percent": N_("The community's share, percent"),
    "fee_cap": N_("The community's share, at most"),
}

# How members were checked.
CHECK_KINDS = {
    "known": N_("An organizer knows the person"),
    "vouched": N_("Two members vouch"),
    "document": N_("An organizer has seen a document"),
    "work_address": N_("A work address"),
}

LETTERS = {
    "confirm": N_("To confirm an address"),
    "new_address": N_("To confirm a new address"),
    "reset": N_("To choose a new password"),
    "sign_in": N_("To sign in"),
    "work_address": N_("To confirm an address"),
    "known": N_("To somebody who tried to join again"),
    "invited": N_("To somebody on an organizer's list"),
    "password_changed": N_("That a password was changed"),
    "address_changed": N_("That an address was changed"),
    "factor_changed": N_("That a second step of signing in was changed"),
    "succession": N_("That a new owner was proposed"),
    "test": N_("A test letter"),
}

# Why a letter was not sent, and what can be done about it.
LETTER_PROBLEMS = {
    "unreachable": Label(
        N_("The mail server cannot be reached."),
        more=N_("Look at its name and port in GOLEM_SMTP_URL. Many providers of rented machines block port 25."),
    ),
    "timeout": Label(
        N_("The mail server did not answer in time."),
        more=N_("If it stays so, look at the port in GOLEM_SMTP_URL: smtps:// goes with 465, smtp:// with 587."),
    ),
    "dropped": Label(
        N_("The mail server cut the connection."),
        more=N_("If it stays so, look at the port in GOLEM_SMTP_URL: smtps:// goes with 465, smtp:// with 587."),
    ),
    "certificate": Label(
        N_("The mail server's certificate is not right."),
        more=N_("Nothing was sent to it. Use the server's own name in GOLEM_SMTP_URL, not a number."),
    ),
    "no_tls": Label(
        N_("The mail server offers no encryption."),
        more=N_("Nothing was sent to it. Ask your provider which port is encrypted."),
    ),
    "sign_in": Label(
        N_("The mail server does not accept the user name or password."),
        more=N_("Some providers want a password made for this one program. The README says how to write it."),
    ),
    "no_sign_in": Label(
        N_("The mail server takes no password."),
        more=N_("Leave user and password out of GOLEM_SMTP_URL, or use another port."),
    ),
    "sender": Label(
        N_("The mail server does not let this sender write."),
        more=N_("Set GOLEM_MAIL_FROM to an address that belongs to the account."),
    ),
    "server": Label(N_("The mail server is not ready."), more=N_("It is tried again by itself.")),
    "later": Label(N_("The mail server asks to come back later."), more=N_("It is tried again by itself.")),
    "refused": Label(
        N_("This address does not exist, says the mail server."),
        more=N_("No letter goes there again until its owner asks for one."),
    ),
    "policy": Label(
        N_("The mail server did not take this letter."),
        more=N_("Its answer says why. Often the sender's domain lacks its SPF or DKIM record."),
    ),
    "not_ascii": Label(
        N_("The mail server cannot write to such an address."),
        more=N_("The part before the @ has letters that it does not know. Use another address."),
    ),
    "interrupted": Label(
        N_("The site stopped twice while this was being sent."), more=N_("It may have arrived. It is not sent again.")
    ),
    "unwritten": Label(
        N_("Something went wrong on our side."), more=N_("Whoever runs the site finds more in its output.")
    ),
    "too_late": Label(
        N_("It waited for three days."), more=N_("Letters with a link wait until the site knows its own address.")
    ),
}

FIGURES = {
    "referrals": N_("Postings written"),
    "claims": N_("Claims made"),
    "settled": N_("Claims settled"),
    "hires": N_("Hires"),
    "gifts": N_("Claims for gifts"),
    "price": N_("Price, median"),
    "answer_days": N_("Days to the first answer, median"),
    "desk_days": N_("Days waited at the desk, median"),
    "members": N_("Active members"),
    "joined": N_("Joined"),
    "ended_not_hired": N_("Ended: not hired"),
    "ended_withdrawn": N_("Ended: withdrawn"),
    "ended_declined": N_("Ended: declined"),
    "ended_lapsed": N_("Ended: lapsed"),
    "ended_released": N_("Ended: let go"),
    "ended_closed": N_("Ended: the posting ended"),
    "ended_ended_early": N_("Ended: within the guarantee"),
    "ended_cancelled": N_("Ended: cancelled"),
    "ended_expired": N_("Ended: ran out"),
}

GUESTS = {
    "came": N_("has come"),
    "ended": N_("the invitation has ended"),
    "card": N_("invited by card"),
    "writing": N_("the letter is on its way"),
    "sent": N_("the letter was sent"),
    "unsent": N_("the letter could not be sent"),
}

# Every vocabulary by the name that templates call it by.
LABELS = {
    "rule": REPORT_REASONS,
    "written": KINDS_WRITTEN,
    "queue_kind": QUEUE_KINDS,
    "quiet": QUIET,
    "act": ACTS,
    "reason_for": REASON_FOR,
    "standing": STANDINGS,
    "invitation_state": INVITATION_STATES,
    "member_verb": MEMBER_VERBS,
    "action": ACTIONS,
    "action_state": ACTION_STATES,
    "follows": FOLLOWS,
    "report_state": REPORT_STATES,
    "employer_rule": EMPLOYER_RULES,
    "joining": JOINING,
    "review": REVIEW,
    "price_class": PRICE_CLASSES,
    "policy": POLICY,
    "check_kind": CHECK_KINDS,
    "letter": LETTERS,
    "guest": GUESTS,
    "letter_problem": LETTER_PROBLEMS,
    "figure": FIGURES,
    "help": HELP,
    "help_means": HELP_MEANS,
    "small_employer": SMALL_EMPLOYER,
    "month_only": MONTH_ONLY,
    "yes_no": YES_NO,
    "work_mode": WORK_MODES,
    "pay_period": PAY_PERIODS,
    "connection": CONNECTIONS,
    "helper_named": HELPER_NAMED,
    "employer_named": EMPLOYER_NAMED,
    "hiding_kind": HIDING_KINDS,
    "hiding_source": HIDING_SOURCES,
    "industry": INDUSTRIES,
    "outcome": OUTCOMES,
    "acquaintance": ACQUAINTANCES,
    "decision": DECISIONS,
    "referral_state": REFERRAL_STATES,
    "claim_state": CLAIM_STATES,
    "pledge_state": PLEDGE_STATES,
    "settlement": SETTLEMENTS,
    "movement": MOVEMENTS,
    "trouble": TROUBLES,
    "problem": PROBLEMS,
    "payouts": PAYOUTS,
    "warning": WARNINGS,
    "lost": LOST_ACCOUNTS,
}


def named(word, vocabulary):
    """The name that people read for a word of the rules."""
    return _(label(word, vocabulary).name)


def tone(word, vocabulary):
    """The tone of the badge that bears this name, as golem.css knows it."""
    return label(word, vocabulary).tone


def explained(word, vocabulary, **values):
    """What is said about a kind of help or a state, or what can be done about a problem."""
    return _(label(word, vocabulary).more, **values)


def choices(vocabulary, words=None):
    """These words of a vocabulary, or all of them, each with its name."""
    return [(word, named(word, vocabulary)) for word in words or LABELS[vocabulary]]


def label(word, vocabulary):
    found = LABELS[vocabulary][word]
    return found if isinstance(found, Label) else Label(found)
