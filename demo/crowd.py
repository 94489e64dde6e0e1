"""The crowd: as many more postings as somebody wants to try the site with, made in bulk and not by verbs."""

from datetime import timedelta

from peewee import chunked, fn

from models import PERIODS, Duties, Event, HelpItem, Member, Policy, Referral, ReferralText, now

from .library import PEOPLE, ROLES
from .story import GIFTS, PRICES, WELL_PAID, cents

MEMBERS = 400
SENTENCES = 24
CHUNK = 500

TABLES = (Referral, HelpItem, Duties, ReferralText, Event)

# To how many dollars pay is rounded, by its period.
ROUND = {"hour": 0.5, "week": 10, "month": 100, "year": 1000}


def gather(count, rng):
    """So many more postings are on the board, by some hundred more members, in the transaction of the caller."""
    crowd = Crowd(move_in(rng), rng)
    first = (Referral.select(fn.MAX(Referral.id)).scalar() or 0) + 1
    for numbers in chunked(range(count), CHUNK):
        postings = [crowd.posting(first + number, number / count) for number in numbers]
        for table in TABLES:
            table.insert_many([row for posting in postings for row in posting[table]]).execute()


def move_in(rng):
    """The ids of new members, whose names are those of the neighbourhood put together anew."""
    password_hash = Member.select(Member.password_hash).first().password_hash
    names = [person.name.split(" ", 1) for person in PEOPLE]
    addresses = [f"neighbour{number}@example.org" for number in range(1, MEMBERS + 1)]
    rows = [
        {"email": email, "name": f"{rng.choice(names)[0]} {rng.choice(names)[1]}", "password_hash": password_hash}
        for email in addresses
    ]
    Member.insert_many(rows).execute()
    return [member.id for member in Member.select(Member.id).where(Member.email.in_(addresses))]


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
        helper, published = self.rng.choice(self.members), self.published(passed)
        text, event = self.text(opening.role), {"actor": helper, "referral": number, "at": published}
        head = {
            "title": opening.title,
            "employer": self.employer(opening.role),
            "location": self.place(opening),
        }
        referral = {"id": number, "helper": helper, **head, **self.terms(opening, published), **self.dates(published)}
        return {
            Referral: [referral],
            HelpItem: [{"referral": number, "kind": kind, "price": price} for kind, price in self.menu(opening.role)],
            Duties: [{"referral": number, "text": text}],
            ReferralText: [{"rowid": number, **head, "duties": text}],
            Event: [
                {"verb": "referral.draft", "before": "", "after": "draft", **event},
                {"verb": "referral.submit", "before": "draft", "after": "published", **event},
            ],
        }

    def terms(self, opening, published):
        role = opening.role
        low, high = sorted(self.pay(pay, role.per) for pay in role.pay)
        connection = self.rng.choice([*role.influence])
        leaves = published.date() + timedelta(days=self.rng.randint(8, 60))
        return {
            "industry": role.industry,
            "work_mode": opening.mode,
            "pay_min": low,
            "pay_max": high,
            "pay_period": role.per,
            "pay_yearly": high * PERIODS[role.per],
            "connection": connection,
            "influence": role.influence[connection],
            "last_day": leaves if connection == "leaving" else None,
        }

    def dates(self, published):
        expires = published + timedelta(days=self.policy.listing_days)
        reminder = expires - timedelta(days=self.policy.reminder_days)
        return {
            "state": "published",
            "made_at": published,
            "published_at": published,
            "expires_at": expires,
            "due": reminder if reminder > self.present else expires,
        }

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
        return [(kind, 0 if gift else cents(self.rng.choice(PRICES[kind][well_paid]))) for kind in kinds]

    def text(self, role):
        """Duties as long as the most thorough people write them: some 300 words."""
        more = self.rng.sample(self.sentences[role.trade], SENTENCES)
        return "\n".join([role.about, "", *(f"- {line}" for line in role.duties), "", *more])
