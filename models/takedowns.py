"""What organizers take down of what members wrote: a message, thanks, the texts of a profile."""

from dataclasses import dataclass

from peewee import CharField, ForeignKeyField, TextField

from .actions import IN_FORCE, Action
from .base import Base, NotYours, Refused, db, now
from .claims import Claim
from .i18n import N_, _
from .keeping import FOR_GOOD, WHO_ORGANIZERS, Kept
from .members import Member
from .messages import Message


@dataclass(frozen=True)
class Place:
    """Where words are: in which columns of a table, and which key leads from its rows to their author, or none.

    `down` is the column that says that they were taken down, where the row stands for others to see.
    """

    table: type
    columns: tuple
    author: str | None = None
    down: str | None = None

    def author_of(self, record):
        return getattr(record, self.author) if self.author else record

    def words_of(self, record):
        """What is there to read, by column."""
        author = self.author_of(record)
        if author.former or (self.table is Message and (record.taken_back_at or record.taken_down_at)):
            return {}
        return {column: text for column in self.columns if (text := getattr(record, column))}

    def write(self, record, **columns):
        self.table.update(columns).where(self.table.id == record.id).execute()

    def is_empty(self, record, column):
        return self.table.select().where(self.table.id == record.id, getattr(self.table, column) == "").exists()


PLACES = {
    "message": Place(Message, ("body",), "author", "taken_down_at"),
    "thanks": Place(Claim, ("thanks",), "seeker", "thanks_down_at"),
    "profile": Place(Member, ("headline", "can_help")),
}


class TakenDown(Base):
    """Words that an organizer took down. They are here and nowhere else while the action is in force.

    So no page, search, letter or export of somebody else can show them by mistake.
    """

    action = ForeignKeyField(Action, backref="words")
    member = ForeignKeyField(Member)
    message = ForeignKeyField(Message, null=True, on_delete="CASCADE")
    thanks = ForeignKeyField(Claim, null=True)
    column = CharField()
    text = TextField()

    kept = Kept(
        N_("What organizers took down of what you wrote"),
        WHO_ORGANIZERS,
        FOR_GOOD,
        whose=("member",),
        words={"member": ("text",)},
        facts=("action", "member", "message", "thanks", "column"),
    )

    @classmethod
    def take(cls, organizer, what, record, rule, reason, report=None, house_rule=""):
        """Takes down the words that the record holds, and returns the action, which tells their author.

        `what` is "message", "thanks", of which the record is the claim, or "profile"; `report` led to it, and
        `house_rule` is the code of one that it is about. Raises NotYours, Refused or Invalid.
        """
        place = PLACES[what]
        with db.atomic():
            record.reload()
            if problem := cls.obstacle(organizer, what, record):
                raise problem
            author, about = place.author_of(record), {what: record} if place.author else {}
            why = {"report": report, "house_rule": house_rule}
            action = Action.take(organizer, author, "words_removed", rule, reason, **why)
            for column, text in place.words_of(record).items():
                cls.create(action=action, member=author, column=column, text=text, **about)
                place.write(record, **{column: ""})
            cls._mark(what, record, now())
        return action

    @classmethod
    def obstacle(cls, organizer, what, record):
        """The refusal, as an exception, where this organizer cannot take the words down; else None.

        That is where they have a part in the claim that the words belong to, or may not read the profile they are on.
        """
        claim = {"message": lambda: record.claim, "thanks": lambda: record}.get(what)
        known = "organizer" in claim().roles(organizer) if claim else record.profile_visible_to(organizer)
        if not organizer.organizer or not known or PLACES[what].author_of(record) == organizer:
            return NotYours(_("This is not yours to do."))
        if not (texts := PLACES[what].words_of(record)):
            return Refused(_("These words are gone already."))
        cleared = cls._of(what, record).where(Action.state == "reversed", cls.text.in_(list(texts.values())))
        return Refused(_("An appeal has brought these words back: they stay.")) if cleared.exists() else None

    @staticmethod
    def readable(what, record):
        """The words that could be taken down, as a list of texts."""
        return list(PLACES[what].words_of(record).values())

    @classmethod
    def bring_back(cls, action):
        """The words are where they were, unless their author has left or has written others meanwhile."""
        for one in list(action.words):
            what = "message" if one.message_id else "thanks" if one.thanks_id else "profile"
            place, record = PLACES[what], one.message or one.thanks or one.member
            if place.is_empty(record, one.column):
                place.write(record, **{one.column: one.text})
            cls._mark(what, record, None)

    @classmethod
    def _mark(cls, what, record, moment):
        """The page says in their place that words were taken down; who has it open sees the change."""
        if down := PLACES[what].down:
            PLACES[what].write(record, **{down: moment})
            claim = record.claim if what == "message" else record
            claim.log("words_down" if moment else "words_back", None, claim.state, claim.state)
        record.reload()

    @classmethod
    def texts_of(cls, actions):
        """The words that each of these actions took down, by its id: one statement where there are any."""
        texts = {}
        for one in cls.select().where(cls.action.in_(actions)).order_by(cls.id) if actions else []:
            texts.setdefault(one.action_id, []).append(one.text)
        return texts

    @classmethod
    def of(cls, what, record):
        """The words that were taken down of this message, these thanks, or this profile, as a list."""
        return [one.text for one in cls._of(what, record).where(Action.state.in_(IN_FORCE))]

    @classmethod
    def _of(cls, what, record):
        column = {"message": cls.message, "thanks": cls.thanks, "profile": cls.member}[what]
        found = cls.select().join(Action).where(column == record, cls.column.in_(PLACES[what].columns))
        return found.order_by(cls.id)
