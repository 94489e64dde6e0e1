"""What happened, and who was told: an event for every verb, and the notices that follow from it."""

from peewee import BooleanField, CharField, DateTimeField, DeferredForeignKey, ForeignKeyField, IntegerField, TextField

import models

from .base import Base, db, in_days, now, with_related
from .i18n import N_, _
from .keeping import FOR_GOOD, WHO_BOTH, WHO_SELF, Kept, Until

# What the pages say of each event and each notice, and which events the log shows to every member: by `announce`.
HISTORY = {}
TELLS = {}
LOGGED = []


# Who hears of every event once it is committed: by `listen`.
_listener = None


def listen(listener):
    """From now on this is called with every event that a verb has made, after its transaction."""
    global _listener
    _listener = listener


def announce(verb, says=None, tells=None, logged=False):
    """From now on events of this verb read so in the history, and its notices so; the log shows it where `logged`."""
    if says:
        HISTORY[verb] = says
    if tells:
        TELLS[verb] = tells
    if logged:
        LOGGED.append(verb)


def said_by(member):
    """What the member wrote with a verb; the reasons of what organizers decide belong to the community."""
    decisions = set(LOGGED) - {"action.appeal"}
    return (Event.actor == member) & Event.verb.not_in(decisions)


class Event(Base):
    """Something happened, and will always have happened: who, what, when, from, to, why."""

    verb = CharField()
    actor = DeferredForeignKey("Member", null=True, backref="deeds")
    member = DeferredForeignKey("Member", null=True, backref="history")
    referral = DeferredForeignKey("Referral", null=True, backref="history")
    claim = DeferredForeignKey("Claim", null=True, backref="history")
    number = IntegerField(null=True)
    before = CharField(default="")
    after = CharField(default="")
    reason = TextField(default="")
    at = DateTimeField(default=now)

    kept = Kept(
        N_("What happened, when, and the reasons that were given"),
        WHO_BOTH,
        FOR_GOOD,
        whose=("actor", "member", "referral.helper", "claim.helper", "claim.seeker"),
        words={said_by: ("reason",), "member": ("reason",)},
        facts=("verb", "actor", "member", "referral", "claim", "number", "before", "after", "at"),
    )

    @classmethod
    def create(cls, **columns):
        event = super().create(**columns)
        if _listener:
            db.after_commit(lambda: _listener(event))
        return event

    @property
    def sentence(self):
        return self.told()

    def told(self, sight=None):
        """The sentence for whoever has this sight of the posting that it is about, where it is about one."""
        return _(HISTORY[self.verb], actor=name_of(self.actor, sight))

    @property
    def sentence_in_log(self):
        """As every member may read it: appeals do not say who they are from."""
        actor = self.actor.name if self.actor and self.actor.organizer else _("A member")
        return _(HISTORY[self.verb], actor=actor)


class Notice(Base):
    """Something a member is told: on the site from now on, by letter once `mailed_at` is set."""

    member = DeferredForeignKey("Member", backref="notices", index=False)
    kind = CharField()
    event = ForeignKeyField(Event, null=True)
    actor = DeferredForeignKey("Member", null=True)
    referral = DeferredForeignKey("Referral", null=True)
    claim = DeferredForeignKey("Claim", null=True)
    asks = BooleanField(default=False)
    at = DateTimeField(default=now)
    read_at = DateTimeField(null=True)
    mailed_at = DateTimeField(null=True)

    kept = Kept(
        N_("Your notices"),
        WHO_SELF,
        Until(
            N_("until %(days)s days after you read them"), "notice_days", lambda days: Notice.read_at < in_days(-days)
        ),
        whose=("member",),
        goes_with=("member",),
        facts=("member", "kind", "event", "actor", "referral", "claim", "asks", "at", "read_at", "mailed_at"),
    )

    class Meta:
        indexes = ((("member", "read_at"), False),)

    @classmethod
    def of(cls, member):
        """Returns a query for those of the member, but about what is hidden from them by now."""
        return cls.select().where(cls.member == member, models.may_know_notice(member))

    @classmethod
    def unread(cls, member):
        return cls.of(member).where(cls.read_at.is_null())

    @classmethod
    def newest(cls, member):
        return cls.of(member).order_by(cls.id.desc())

    @classmethod
    def read(cls, member, **about):
        """Marks the member's notices as read, all or those about one claim or referral. Returns how many."""
        about = {name: record and record.id for name, record in about.items()}
        ids = [notice.id for notice in member.unread if all(notice.__data__[name] == about[name] for name in about)]
        if not ids:  # Whoever only reads does not wait for whoever writes.
            return 0
        return cls.update(read_at=now()).where(cls.id.in_(ids)).execute()

    @classmethod
    def loaded(cls, notices, member):
        """These notices of the member as a list, with all that their sentences need: six statements."""
        notices = with_related(notices, "actor", "referral", "event", "claim")
        for notice in notices:
            notice.__rel__["member"] = member
            if notice.claim_id:
                notice.claim.__rel__["referral"] = notice.referral
        return notices

    @property
    def sentence(self):
        """What the member is told, as they may know those who did it."""
        record = self.claim or self.referral
        sight = record and record.seen_by(self.member)
        return _(TELLS[self.kind], actor=name_of(self.actor, sight), title=sight.title if sight else "")


def name_of(actor, sight):
    """The name of whoever did something, for a reader with this sight of the posting, or None; nobody is the site."""
    if actor is None:
        return _("Golem")
    return sight.name_of(actor) if sight else actor.name
