"""Assignments: which organizer is at work on what, so that nobody does it twice."""

from datetime import timedelta

from peewee import CharField, DateTimeField, ForeignKeyField

from .base import Base, Refused, db, in_days, now
from .events import Notice, announce
from .i18n import N_, _
from .keeping import WHO_ORGANIZERS, Kept, Until
from .members import Member
from .verbs import clean_reason

ASSIGNMENT_MINUTES = 30


class Assignment(Base):
    """An organizer is at work on a record, since `at`. The key is what the record is `held_as`.

    It ends with the decision, when they let it go or are no organizer any more, and after half an hour.
    """

    key = CharField(unique=True)
    organizer = ForeignKeyField(Member)
    at = DateTimeField(default=now)

    kept = Kept(
        N_("Which organizer is at work on what"),
        WHO_ORGANIZERS,
        Until(N_("for %(days)s day"), 1, lambda days: Assignment.at < in_days(-days)),
        goes_with=("organizer",),
        internal=("key", "organizer", "at"),
    )

    @classmethod
    def take(cls, organizer, key, over=None):
        """What has this key is the organizer's for half an hour.

        Raises Refused while it is somebody else's. With the words `over`, which they read, it is taken over from them.
        Raises NotYours where they are no organizer now, and Invalid where the words are empty.
        """
        with db.atomic():
            organizer.must_be_organizer()
            if over is None:
                cls.must_be_free(key, organizer)
            elif held := cls._of_another(key, organizer):
                held._pass_to(organizer, over)
            cls.replace(key=key, organizer=organizer).execute()

    def _pass_to(self, organizer, over):
        """Whoever is at work on it is told who takes it over, and why."""
        words = clean_reason(Member.dismiss.rule, over)
        event = organizer.did("assignment.take_over", reason=words, member=self.organizer)
        Notice.create(member=self.organizer, kind=event.verb, actor=organizer, event=event)

    @classmethod
    def let_go(cls, organizer, key):
        cls.delete().where(cls.key == key, cls.organizer == organizer).execute()

    @classmethod
    def end(cls, key):
        """There is nothing left to do about what has this key."""
        cls.delete().where(cls.key == key).execute()

    @classmethod
    def end_all_of(cls, organizer):
        """The organizer is at work on nothing any more."""
        cls.delete().where(cls.organizer == organizer).execute()

    @classmethod
    def must_be_free(cls, key, organizer):
        """Raises Refused while somebody else is at work on what has this key."""
        if held := cls._of_another(key, organizer):
            raise Refused(_("%(name)s is at work on this.", name=held.organizer.name))

    @classmethod
    def _of_another(cls, key, organizer):
        return cls.in_force().where(cls.key == key, cls.organizer != organizer).first()

    @classmethod
    def in_force(cls):
        """Returns a query for those that count, with their organizers: they are fresh, and of who can act now."""
        fresh = cls.at > now() - timedelta(minutes=ASSIGNMENT_MINUTES)
        able = cls.organizer.in_(Member.organizers().select(Member.id))
        return cls.select(cls, Member).join(Member).where(fresh, able)

    @classmethod
    def holders(cls):
        """The assignments in force, by their keys."""
        return {held.key: held for held in cls.in_force()}

    @classmethod
    def on(cls, record):
        """The assignment in force on this record, or None."""
        return cls.in_force().where(cls.key == record.held_as).first()


announce(
    "assignment.take_over",
    N_("%(actor)s took something over from another organizer"),
    N_("%(actor)s has taken over what you were at work on, and says why."),
)
