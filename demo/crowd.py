"""The crowd: as many more postings as somebody wants to try the site with, made in bulk and not by verbs."""

from datetime import timedelta
from functools import lru_cache

from peewee import chunked, fn

from models import (
    PERHAPS_PUBLIC,
    PERIODS,
    PROFILES,
    Duties,
    Event,
    HelpItem,
    HiddenFrom,
    Member,
    Policy,
    Referral,
    ReferralText,
    Workplace,
    fold,
    key_of,
    now,
    renew_all_hiding,
)
from models.search import searchable

from .library import PEOPLE, ROLES, WORDS
from .story import GIFTS, PRICES, WELL_PAID, cents

MEMBERS = 400
SENTENCES = 24
CHUNK = 500

# How many say where they work, how the postings are spread, and how many of those who leave are named.
SAYS = 0.25
CONNECTIONS = {"leaving": 0.4, "works_there": 0.15, "knows_of": 0.45}
NAMED = 0.15

TABLES = (Referral, HelpItem, Duties, ReferralText, Event)

# To how many dollars pay is rounded, by its period.
ROUND = {"hour": 0.5, "week": 10, "month": 100, "year": 1000}


def gather(count, rng):
    """So many more postings are on the board, by some hundred more members, in the transaction of the caller."""
    crowd = Crowd(move_in(rng), rng)
    crowd.say_where_they_work()
    first = (Referral.select(fn.MAX(Referral.id)).scalar() or 0) + 1
    for numbers in chunked(range(count), CHUNK):
        postings = [crowd.posting(first + number, number / count) for number in numbers]
        for table in TABLES:
            table.insert_many([row for posting in postings for row in posting[table]]).execute()
    renew_all_hiding()


def move_in(rng):
    """The ids of new members, whose names are those of the neighbourhood put together anew."""
    password_hash = Member.select(Member.password_hash).first().password_hash
    parts = [person.name.split(" ", 1) for person in PEOPLE]
    addresses = [f"neighbour{number}@example.org" for number in range(1, MEMBERS + 1)]
    names = [f"{rng.choice(parts)[0]} {rng.choice(parts)[1]}" for _address in addresses]
    rows = [
        {
            "email": email,
            "name": name,
            "name_key": fold(name),
            "profile_shown": rng.choice(PROFILES),
            "password_hash": password_hash,
        }
        for email, name in zip(addresses, names, strict=True)
    ]
    Member.insert_many(rows).execute()
    return [member.id for member in Member.select(Member.id).where(Member.email.in_(addresses))]


class Crowd:
    """What postings are made of: the roles of the neighbourhood, their parts put together anew.

    Each member has a trade and one employer in it, about which they post as their own job.
    """

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
        self.own = {}
        for member in members:
            opening = rng.choice(self.openings)
            self.own[member] = opening.role.trade, self.employer(opening.role.trade), opening.described

    def say_where_they_work(self):
        """Some say where they work; everybody's own employer is on their list."""
        says = [member for member in self.members if self.rng.random() < SAYS]
        Workplace.insert_many([{"member": member, "name": self.own[member][1]} for member in says]).execute()
        own = [(member, employer) for member, (_trade, employer, _words) in self.own.items()]
        rows = [{"owner": member, "kind": "employer", "key": key_of(name), "name": name} for member, name in own]
        HiddenFrom.insert_many([{"origin": "own", **row} for row in rows]).execute()

    def posting(self, number, passed):
        """The rows of one posting, by table. `passed` is how much of the listing time lies between the first and it."""
        helper, published = self.rng.choice(self.members), self.published(passed)
        [connection] = self.rng.choices([*CONNECTIONS], [*CONNECTIONS.values()])
        opening = self.opening(helper, connection)
        text, event = self.text(opening.role), {"actor": helper, "referral": number, "at": published}
        referral = {
            "id": number,
            "helper": helper,
            "title": opening.title,
            **self.shown(helper, connection, opening.role.trade),
            **self.place(opening),
            **self.terms(opening.role, connection, published),
            "work_mode": opening.mode,
            **self.dates(published),
        }
        return {
            Referral: [referral],
            HelpItem: [{"referral": number, "kind": kind, "price": price} for kind, price in self.menu(opening.role)],
            Duties: [{"referral": number, "text": text}],
            ReferralText: [ReferralText.row(Referral(**referral), "") | {"duties": indexed(text)}],
            Event: [
                {"verb": "referral.draft", "before": "", "after": "draft", **event},
                {"verb": "referral.submit", "before": "draft", "after": "published", **event},
            ],
        }

    def opening(self, helper, connection):
        """One of their own trade where it is their own job, else any."""
        trade = self.own[helper][0]
        return self.rng.choice([one for one in self.openings if connection == "knows_of" or one.role.trade == trade])

    def shown(self, helper, connection, trade):
        """The employer, and whether it and the helper are named."""
        if connection == "knows_of":
            return {
                "employer": self.employer(trade),
                "employer_words": "",
                "employer_named": True,
                "helper_named": True,
            }
        _trade, employer, words = self.own[helper]
        named = connection == "works_there" or self.rng.random() < NAMED
        return {"employer": employer, "employer_words": words, "employer_named": named, "helper_named": named}

    def terms(self, role, connection, published):
        low, high = sorted(self.pay(pay, role.per) for pay in role.pay)
        leaves = published.date() + timedelta(days=self.rng.randint(8, 60))
        return {
            "industry": role.industry,
            "pay_min": low,
            "pay_max": high,
            "pay_period": role.per,
            "pay_yearly": high * PERIODS[role.per],
            "connection": connection,
            "influence": role.influence.get(connection) or self.rng.choice(WORDS[connection]),
            "public_employer": False if role.industry in PERHAPS_PUBLIC else None,
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

    def employer(self, trade):
        one, other = self.rng.choices(self.employers[trade], k=2)
        return f"{one[0]} {other[-1]}"

    def place(self, opening):
        location = opening.place if opening.mode == "remote" else self.rng.choice(self.places)
        return {"location": location, "place_key": fold(location)}

    def menu(self, role):
        kinds = self.rng.sample(list(PRICES), self.rng.choice([2, 3, 3, 4]))
        well_paid = role.pay[1] * PERIODS[role.per] > WELL_PAID
        gift = self.rng.random() < GIFTS
        return [(kind, 0 if gift else cents(self.rng.choice(PRICES[kind][well_paid]))) for kind in kinds]

    def text(self, role):
        """Duties as long as the most thorough people write them: some 300 words."""
        more = self.rng.sample(self.sentences[role.trade], SENTENCES)
        return "\n".join([role.about, "", *(f"- {line}" for line in role.duties), "", *more])


def indexed(text):
    """The text as the index holds it, line by line: they are the same few lines again and again."""
    return "\n".join(map(indexed_line, text.split("\n")))


indexed_line = lru_cache(maxsize=None)(searchable)
