"""The crowd: as many more postings as somebody wants to try the site with, made in bulk and not by verbs."""

from datetime import timedelta

from peewee import chunked, fn

from models import PERIODS, Duties, Event, HelpItem, Member, Policy, Referral, ReferralText, now

from .library import PEOPLE, ROLES
from .story import GIFTS, PRICES, WELL_PAID, cents

MEMBERS = 400
SENTENCES = 24
CHUNK = 500

# To how many dollars pay is rounded, by its period.
ROUND = {"hour": 0.5, "week": 10, "month": 100, "year": 1000}

# How the rows below are ordered.
REFERRAL = (
    Referral.id, Referral.helper, Referral.state, Referral.employer, Referral.title, Referral.industry,
    Referral.location, Referral.work_mode, Referral.pay_min, Referral.pay_max, Referral.pay_period,
    Referral.pay_yearly, Referral.connection, Referral.influence, Referral.last_day, Referral.made_at,
    Referral.published_at, Referral.expires_at, Referral.due,
)  # fmt: skip
ITEM = (HelpItem.referral, HelpItem.kind, HelpItem.price)
DUTIES = (Duties.referral, Duties.text)
TEXT = (ReferralText.rowid, ReferralText.title, ReferralText.employer, ReferralText.location, ReferralText.duties)
EVENT = (Event.verb, Event.actor, Event.referral, Event.before, Event.after, Event.at)


def gather(count, rng):
    """So many more postings are on the board, by some hundred more members, in the transaction of the caller."""
    crowd = Crowd(move_in(rng), rng)
    first = (Referral.select(fn.MAX(Referral.id)).scalar() or 0) + 1
    for numbers in chunked(range(count), CHUNK):
        postings = [crowd.posting(first + number, number / count) for number in numbers]
        for model, fields, name in TABLES:
            model.insert_many([row for posting in postings for row in posting[name]], fields).execute()


TABLES = (
    (Referral, REFERRAL, "referral"),
    (HelpItem, ITEM, "items"),
    (Duties, DUTIES, "duties"),
    (ReferralText, TEXT, "text"),
    (Event, EVENT, "events"),
)


def move_in(rng):
    """The ids of new members, whose names are those of the neighbourhood put together anew."""
    password_hash = Member.select(Member.password_hash).first().password_hash
    names = [person.name.split(" ", 1) for person in PEOPLE]
    rows = [
        (f"neighbour{number}@example.org", f"{rng.choice(names)[0]} {rng.choice(names)[1]}", password_hash)
        for number in range(1, MEMBERS + 1)
    ]
    Member.insert_many(rows, [Member.email, Member.name, Member.password_hash]).execute()
    return [member.id for member in Member.select(Member.id).where(Member.email.startswith("neighbour"))]


class Crowd:
    """What postings are made of: the roles of the neighbourhood, their parts put together anew."""

    def __init__(self, members, rng):
        self.members, self.rng = members, rng
        self.present, self.policy = now(), Policy.current()
        self.openings = [opening for role in ROLES for opening in role.openings]
        self.places = sorted({opening.place for opening in self.openings})
        self.employers = {role.trade: [] for role in ROLES}
        self.sentences = {role.trade: [] for role in ROLES}
        for role in ROLES:
            self.employers[role.trade] += [opening.employer.split() for opening in role.openings]
            self.sentences[role.trade] += [role.about, *role.truth, *(f"{line}." for line in role.duties)]

    def posting(self, number, passed):
        """The rows of one posting, by table. `passed` is how much of the listing time lies between the first and it."""
        opening = self.rng.choice(self.openings)
        employer, place, text = self.employer(opening.role), self.place(opening), self.text(opening.role)
        helper, published = self.rng.choice(self.members), self.published(passed)
        return {
            "referral": [self.referral(number, helper, opening, employer, place, published)],
            "items": [(number, kind, price) for kind, price in self.menu(opening.role).items()],
            "duties": [(number, text)],
            "text": [(number, opening.title, employer, place, text)],
            "events": [
                ("referral.draft", helper, number, "", "draft", published),
                ("referral.submit", helper, number, "draft", "published", published),
            ],
        }

    def referral(self, number, helper, opening, employer, place, published):
        role, policy = opening.role, self.policy
        low, high = (self.pay(pay, role.per) for pay in role.pay)
        connection = self.rng.choice([*role.influence])
        leaves = published + timedelta(days=self.rng.randint(8, 60))
        expires = published + timedelta(days=policy.listing_days)
        reminder = expires - timedelta(days=policy.reminder_days)
        return (
            number, helper, "published", employer, opening.title, role.industry, place, opening.mode,
            low, max(low, high), role.per, max(low, high) * PERIODS[role.per], connection, role.influence[connection],
            leaves.date() if connection == "leaving" else None, published, published, expires,
            reminder if reminder > self.present else expires,
        )  # fmt: skip

    def pay(self, dollars, period):
        step = ROUND[period]
        return cents(round(dollars * self.rng.uniform(0.9, 1.1) / step) * step)

    def published(self, passed):
        """A moment within the listing time, a day from either end of it at least."""
        days = 1 + (self.policy.listing_days - 2) * (1 - passed)
        return self.present - timedelta(seconds=round(days * 86400 + self.rng.randrange(3600)))

    def employer(self, role):
        one, other = self.rng.choices(self.employers[role.trade], k=2)
        return f"{one[0]} {other[-1]}"

    def place(self, opening):
        return opening.place if opening.mode == "remote" else self.rng.choice(self.places)

    def menu(self, role):
        kinds = self.rng.sample(list(PRICES), self.rng.choice([2, 3, 3, 4]))
        well_paid = role.pay[1] * PERIODS[role.per] > WELL_PAID
        gift = self.rng.random() < GIFTS
        return {kind: 0 if gift else cents(self.rng.choice(PRICES[kind][well_paid])) for kind in kinds}

    def text(self, role):
        """Duties as long as the most thorough people write them: some 300 words."""
        more = self.rng.sample(self.sentences[role.trade], SENTENCES)
        return "\n".join([role.about, "", *(f"- {line}" for line in role.duties), "", *more])
