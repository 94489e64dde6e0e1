"""The outbox: every e-mail that waits to be sent, and what became of it. It holds no text and nothing secret."""

import secrets
from datetime import timedelta

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField, IntegerField

import models

from .base import Base, db, in_days, now
from .heartbeat import Heartbeat
from .i18n import N_
from .keeping import WHO_ORGANIZERS, Kept, Until
from .members import Member

# Every kind of letter, with the purpose of the link that it carries, or "".
KINDS = {
    "confirm": "confirm",
    "new_address": "address",
    "reset": "reset",
    "sign_in": "mailed",
    "work_address": "work_address",
    "invited": "",
    "known": "",
    "password_changed": "",
    "address_changed": "",
    "factor_changed": "",
    "succession": "",
    "test": "",
}
# What goes to an address that is not the member's, or not yet, or no longer.
TO_ANY_ADDRESS = ("new_address", "address_changed", "work_address", "invited", "test")
# Of what was sent to it, or will not be, no address is kept.
LEAVES_NO_ADDRESS = ("work_address", "invited")
# What nobody asked for themselves is rather not sent than sent twice.
NEVER_TWICE = ("invited",)
# How long a letter waits after its first, second, … attempt, in minutes; afterwards always as long as after the last.
PAUSES = (1, 5, 30, 120, 360)
GIVE_UP_DAYS = 3
# An attempt that has left no word after so long has died with its process.
ATTEMPT_MINUTES = 10
# So many letters of one kind go to one address within an hour and within a day, whoever asks for them.
MOST_PER_HOUR = 4
MOST_PER_DAY = 10
KEPT_DAYS = 30

_sent_here = False


def send_letters(sent=True):
    """Whether a mail server is set up for this process. Without one nobody is warned by letter."""
    global _sent_here
    _sent_here = sent


def to_address_of(member):
    """Those to the address of the member, who may have asked for them before anybody knew who they were."""
    return Letter.address == member.email


class Letter(Base):
    """An e-mail that waits for `due`, was sent, or was given up.

    Its text is written when it is sent, and so is the token of its link: the row says only of which kind it is.
    `problem` is a code, see `views/labels.py`; `answer` is what the mail server said, without addresses. A letter to a
    work address keeps that address as long as it waits.
    """

    kind = CharField()
    member = ForeignKeyField(Member, null=True, backref="letters", on_delete="CASCADE")
    address = CharField(index=True)
    name = CharField(unique=True)
    made_at = DateTimeField(default=now)
    due = DateTimeField(null=True, default=now, index=True)
    tries = IntegerField(default=0)
    claimed_at = DateTimeField(null=True)
    repeated = BooleanField(default=False)
    sent_at = DateTimeField(null=True)
    given_up_at = DateTimeField(null=True, index=True)
    problem = CharField(default="")
    answer = CharField(default="")

    kept = Kept(
        N_("Which letters went to your address, without their text"),
        WHO_ORGANIZERS,
        Until(
            N_("until %(days)s days after they were sent"),
            KEPT_DAYS,
            lambda days: (
                Letter.due.is_null()
                & ((Letter.made_at < in_days(-days)) | (Letter.problem == "nobody") & (Letter.made_at < in_days(-1)))
            ),
        ),
        whose=("member",),
        goes_with=(to_address_of, "member"),
        private={"member": ("address",)},
        facts=("kind", "member", "made_at", "due", "tries", "sent_at", "given_up_at", "problem"),
        internal=("name", "claimed_at", "repeated", "answer"),
    )

    @classmethod
    def ask(cls, kind, address, member=None):
        """Puts a letter into the outbox; the server sends it within seconds. `address` is a clean one.

        Without a member the letter goes to whoever has the address by then; where nobody has, to nobody. So it makes
        no difference to whoever asks whether the address is known. Returns the letter, or None where enough of this
        kind have gone to this address lately.
        """
        assert kind in KINDS
        with db.atomic():
            if cls._enough(kind, address):
                return None
            # The name goes into the Message-ID: whoever gets a letter twice gets the same one twice.
            return cls.create(kind=kind, address=address, member=member, name=secrets.token_hex(16))

    @classmethod
    def warn(cls, kind, member):
        """Tells the member by letter that a way to sign in was changed, or that another owner was proposed.

        The caller has begun the transaction of that.

        It goes to the address that they have at this moment. Only that the address itself was changed is also said to
        one that nobody has confirmed.
        """
        known = Member.select(Member.email).where(Member.id == member.id)
        if kind not in TO_ANY_ADDRESS:
            known = known.where(Member.confirmed_at.is_null(False))
        if _sent_here and (address := known.scalar()):
            cls.ask(kind, address, member)

    @classmethod
    def _enough(cls, kind, address):
        """Whether no more letters of this kind may go to this address now."""
        alike = cls.select().where(cls.kind == kind, cls.address == address)
        limits = ((MOST_PER_HOUR, timedelta(hours=1)), (MOST_PER_DAY, timedelta(days=1)))
        return any(alike.where(cls.made_at > now() - time).count() >= most for most, time in limits)

    # What waits, and what does not

    @classmethod
    def waiting(cls):
        """Those not sent yet, the next first."""
        return cls.select().where(cls.due.is_null(False)).order_by(cls.due, cls.id)

    @classmethod
    def given_up(cls):
        """Those that will never be sent, newest first."""
        return cls.select().where(cls.given_up_at.is_null(False)).order_by(cls.given_up_at.desc(), cls.id.desc())

    @classmethod
    def given_up_lately(cls):
        """Those that organizers should know of: given up within a week, through no fault of the address."""
        return cls.given_up().where(cls.given_up_at > now() - timedelta(days=7), cls.problem != "refused")

    @classmethod
    def newest_test(cls, member):
        """The test letter that this member asked for last, or None."""
        return cls.select().where(cls.kind == "test", cls.member == member).order_by(cls.id.desc()).first()

    @property
    def waits(self):
        return self.due is not None

    # One attempt

    @classmethod
    def claim(cls, linked=True):
        """The next letter that is due, for one thread of one process alone; None where none is.

        Without `linked`, those that carry a link are left out. Whoever claims it says how the attempt went by `sent`,
        `failed` or `refused`; who never does has died, and the letter is sent once more, and not a third time.
        """
        set_back = cls.due > now() + timedelta(minutes=max(PAUSES))  # No letter waits for so long: the clock was.
        due = cls.waiting().where((cls.due <= now()) | set_back)
        if not linked:
            due = due.where(cls.kind == "test")
        for letter in list(due.limit(20)):  # Read to its end: a write within a read is refused by SQLite.
            if letter._claim():
                return letter
        return None

    def _claim(self):
        columns = {"due": now() + timedelta(minutes=ATTEMPT_MINUTES), "claimed_at": now(), "tries": self.tries + 1}
        if self.claimed_at:
            over = self.repeated or self.kind in NEVER_TWICE
            columns = self._given_up("interrupted") if over else columns | {"repeated": True}
        as_read = (Letter.id == self.id, Letter.due == self.due, Letter.tries == self.tries)
        claimed = Letter.update(self._without_address(columns)).where(*as_read).execute()
        if claimed:
            self.reload()
        return claimed and self.waits

    def sent(self):
        with db.atomic():
            self._record(due=None, sent_at=now(), problem="", answer="")
            Member.update(mail_refused_at=None).where(
                Member.email == self.address, Member.mail_refused_at.is_null(False)
            ).execute()

    def failed(self, problem, answer=""):
        """The attempt failed, and the next may not: the letter waits for longer each time, and three days in all.

        While the clocks stand still nobody knows how long it has waited, and it is not given up.
        """
        pause = timedelta(minutes=PAUSES[min(self.tries, len(PAUSES)) - 1])
        if now() + pause > self.made_at + timedelta(days=GIVE_UP_DAYS) and not Heartbeat.clocks_stand():
            self._record(**self._given_up(problem), answer=answer)
        else:
            self._record(due=now() + pause, problem=problem, answer=answer)

    def refused(self, problem, answer=""):
        """The letter was refused for good. Where the fault is the address's, no letter goes there again."""
        with db.atomic():
            self._record(**self._given_up(problem), answer=answer)
            if problem == "refused":
                Member.update(mail_refused_at=now()).where(Member.email == self.address).execute()

    def drop(self):
        """There is nobody whom the letter could reach. Like those that were sent it counts for a day.

        Whoever asks for one after the other would see otherwise by the time it takes that nobody has the address.
        """
        self._record(due=None, problem="nobody")

    def _record(self, **columns):
        """How the attempt went, unless it was given up for dead and somebody else makes the next."""
        mine = (Letter.id == self.id, Letter.tries == self.tries, Letter.claimed_at == self.claimed_at)
        Letter.update(self._without_address(columns) | {"claimed_at": None}).where(*mine).execute()
        self.reload()

    def _without_address(self, columns):
        """The same changes of the row, which leave no address where it is to keep none once it no longer waits."""
        over = "due" in columns and columns["due"] is None
        return columns | {"address": "", "answer": ""} if over and self.kind in LEAVES_NO_ADDRESS else columns

    @staticmethod
    def _given_up(problem):
        return {"due": None, "claimed_at": None, "given_up_at": now(), "problem": problem}

    # All of them

    @classmethod
    def drop_waiting(cls):
        """What waits in a copy that was put back may have been sent since."""
        cls.delete().where(cls.due.is_null(False)).execute()

    @classmethod
    def drop_new_address(cls, member):
        """The member's address does not change by what was asked for before: as open links end, so does what waits."""
        untouched = (cls.due.is_null(False), cls.claimed_at.is_null())
        cls.delete().where(cls.kind == "new_address", cls.member == member, *untouched).execute()

    @classmethod
    def drop_to_work(cls, member):
        """What waits to go to a work address of the member is not wanted any more."""
        cls.delete().where(cls.kind == "work_address", cls.member == member, cls.due.is_null(False)).execute()

    @classmethod
    def rest(cls, minutes):
        """The mail server cannot be spoken to: nothing that is due now is tried before so many minutes."""
        later = now() + timedelta(minutes=minutes)
        cls.update(due=later).where(cls.due <= now(), cls.claimed_at.is_null()).execute()

    @classmethod
    def give_up_old(cls):
        """Gives up what has waited for three days without an attempt, as where the site knows no address of its own.

        Nothing is given up while the clocks stand still.
        """
        if Heartbeat.clocks_stand():
            return
        old = (cls.due <= now(), cls.claimed_at.is_null(), cls.made_at < now() - timedelta(days=GIVE_UP_DAYS))
        if cls.select().where(*old).exists():
            cls.update(**cls._given_up("too_late")).where(*old).execute()
            cls.update(address="", answer="").where(cls.kind.in_(LEAVES_NO_ADDRESS), cls.due.is_null()).execute()

    # What it carries

    def find_addressee(self):
        """Returns the member or guest whom the letter is for, and keeps who they are.

        None where nobody has its address any more, or a guest's invitation was sealed under a key that is lost.
        """
        if self.kind == "invited":
            guest = models.Guest.at(self.address)
            return guest if guest and guest.token else None
        if self.kind in TO_ANY_ADDRESS:
            return self.member
        member = self.member or Member.get_or_none(Member.email == self.address)
        if member is None or member.email != self.address:
            return None
        if self.kind == "sign_in" and member.unconfirmed:
            self.kind = "reset"  # The password may be that of a stranger, who joined with somebody else's address.
        Letter.update(member=member, kind=self.kind).where(Letter.id == self.id).execute()
        return member

    @property
    def hours(self):
        """For how long the link works that the letter carries; 0 without one."""
        return models.LINK_HOURS[KINDS[self.kind]] if KINDS[self.kind] else 0

    def token(self, member):
        """The token of a new link of the letter's kind, which is known this once; "" for letters without a link.

        That of an invitation is the one that it has.
        """
        if self.kind == "invited":
            return member.token
        purpose = KINDS[self.kind]
        address = models.hash_of(self.address) if self.kind in LEAVES_NO_ADDRESS else self.address
        return models.OneTimeLink.to_mail(member, purpose, address, since=self.made_at) if purpose else ""
