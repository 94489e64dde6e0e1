"""What happened, and who was told: an event for every verb, and the notices that follow from it."""

from peewee import (
    SQL,
    BooleanField,
    CharField,
    DateTimeField,
    DeferredForeignKey,
    ForeignKeyField,
    IntegerField,
    TextField,
)

import models

from .base import Base, db, in_days, now, with_related
from .i18n import N_, _
from .keeping import WHO_BOTH, WHO_SELF, Kept, Until

# Roles that only whoever looks after the community has: the log shows every event in which somebody acted as one.
ORGANIZERS = ("organizer", "owner", "decider", "second_organizer")

# For so long after an organizer's account was deleted the log still says who acted.
NAME_DAYS = 730

# What the pages say of each event and each notice: by `announce`.
HISTORY = {}
TELLS = {}

# What the log shows besides what organizers did, and what it leaves out because another row there says the same.
LOGGED = []
SAID_OTHERWISE = []


# Who hears of every event once it is committed: by `listen`.
_listener = None


def listen(listener):
    """From now on this is called with every event that a verb has made, after its transaction."""
    global _listener
    _listener = listener


def announce(verb, says=None, tells=None, logged=None):
    """From now on events of this verb read so in the history, and its notices so.

    The log shows it where an organizer acted; with `logged` always, or where that is False never.
    """
    if says:
        HISTORY[verb] = says
    if tells:
        TELLS[verb] = tells
    if logged is not None:
        (LOGGED if logged else SAID_OTHERWISE).append(verb)


def said_by(member):
    """What the member wrote with a verb; the reasons of what organizers decide belong to the community."""
    return (Event.actor == member) & Event.role.not_in(ORGANIZERS)


def past_naming(days):
    """Returns a condition: the row names an organizer whose account was deleted so many days ago."""
    left = Event.alias()
    gone = left.select(left.member).where(left.verb == "member.leave", left.at < in_days(-days))
    return (Event.actor_name != "") & Event.actor.in_(gone)


class Event(Base):
    """Something happened, and will always have happened: who, what, when, from, to, why.

    `role` is the one in which the actor acted, such as "helper" or "organizer"; "" where nobody did. `actor_name` is
    their name as it was, where the log says who acted; of all others the name is the one that they have now.
    """

    verb = CharField()
    actor = DeferredForeignKey("Member", null=True, backref="deeds")
    role = CharField(default="", constraints=[SQL("DEFAULT ''")])
    actor_name = CharField(default="", constraints=[SQL("DEFAULT ''")])
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
        Until(
            N_(
                "for good; a deleted account leaves no name and no words in it. The log names organizers until "
                "%(days)s days after their account was deleted"
            ),
            NAME_DAYS,
            past_naming,
            empties=("actor_name",),
        ),
        whose=("actor", "member", "referral.helper", "claim.helper", "claim.seeker"),
        words={said_by: ("reason",), "member": ("reason",)},
        facts=(
            *("verb", "actor", "role", "actor_name", "member", "referral", "claim", "number", "before", "after"),
            "at",
        ),
    )

    @classmethod
    def create(cls, verb, actor=None, role="", **columns):
        """Writes down what happened, with the name of whoever acted where the log says it."""
        name = actor.name if actor and names_actor(verb, role) else ""
        event = super().create(verb=verb, actor=actor, role=role if actor else "", actor_name=name, **columns)
        if _listener:
            db.after_commit(lambda: _listener(event))
        return event

    @classmethod
    def in_log(cls):
        """Returns a condition: the log shows it. An organizer acted, or it was announced as `logged`."""
        return (cls.role.in_(ORGANIZERS) & cls.verb.not_in(SAID_OTHERWISE)) | cls.verb.in_(LOGGED)

    @property
    def logged(self):
        """Whether the log shows it: the same as `in_log`, of a record that was read."""
        return is_logged(self.verb, self.role)

    @property
    def sentence(self):
        return self.told()

    def told(self, sight=None):
        """The sentence for whoever has this sight of the posting that it is about, where it is about one."""
        return _(HISTORY[self.verb], actor=self._name_as_it_was or name_of(self.actor, sight))

    @property
    def sentence_in_log(self):
        """As every member may read it: appeals do not say who they are from."""
        somebody = _("A member") if self.actor_id else _("Golem")
        return _(HISTORY[self.verb], actor=self._name_as_it_was or somebody)

    @property
    def _name_as_it_was(self):
        """The name of an organizer when they acted; "" of all others, who are called as they are now."""
        gone = _("A former organizer") if self.role in ORGANIZERS else ""
        return self.actor_name or gone


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
    def asking(cls, which):
        """The unread notices by which somebody was asked to act on such events, as a list, with those members."""
        found = cls.select(cls, models.Member).join(models.Member, on=cls.member).switch(cls)
        found = found.join(Event, on=cls.event)
        return list(found.where(cls.asks, cls.read_at.is_null(), which))

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


def is_logged(verb, role):
    return verb in LOGGED or (role in ORGANIZERS and verb not in SAID_OTHERWISE)


def names_actor(verb, role):
    """Whether the log says who acted: organizers do so in their name, and whoever appeals does not."""
    return role in ORGANIZERS or (verb in LOGGED and "%(actor)s" in HISTORY[verb])


def name_of(actor, sight):
    """The name of whoever did something, for a reader with this sight of the posting, or None; nobody is the site."""
    if actor is None:
        return _("Golem")
    return sight.name_of(actor) if sight else actor.name
