"""Reasons that organizers often give: a list for each act at the desk, kept by the community."""

from peewee import CharField, TextField

from .base import Base, Invalid, db
from .events import announce
from .i18n import N_, _
from .keeping import OF_THE_COMMUNITY, WHO_ORGANIZERS, Kept
from .text import clean_line

LONGEST_STOCK_REASON = 300
MOST_STOCK_REASONS = 20  # For one act.

# What the list begins with, by the act of the queue that it is for.
STARTING = {
    "turn_down": (
        N_("We know nobody here who knows you. Ask a member for an invitation, then come back."),
        N_("Your answer does not say what brings you here. Tell us a little more, and apply again."),
        N_("We are full at the moment. Please try again in a few months."),
    ),
    "ask_changes": (
        N_("Please say what the work is, day by day."),
        N_("Please check the pay: it does not fit with the job."),
        N_("Please leave out what only somebody who works there may know."),
        N_("Please leave out names and addresses of other people."),
    ),
    "reject": (
        N_("This is not a job that somebody here leaves or has heard of."),
        N_("This employer asked us not to have its jobs here."),
        N_("This asks for money before a hire, which nobody here may do."),
    ),
    "uphold": (
        N_("We have looked into it, and it is as you say."),
        N_("This breaks our rules. Please do not do it again."),
    ),
    "dismiss": (
        N_("We have looked into it, and found nothing against our rules."),
        N_("This is between the two of you. Write to us again if it goes on."),
        N_("We have dealt with this already."),
    ),
    "keep": (N_("We have looked at it anew, and it was right."),),
    "reverse": (N_("We have looked at it anew. It was a mistake, and we are sorry."),),
    "answer": (
        N_("We have written to them."),
        N_("We have taken the posting down and told them so."),
        N_("This was advertising."),
    ),
}


class StockReason(Base):
    """A reason of the list. As long as the community has changed nothing there is no row, and STARTING is the list."""

    act = CharField()
    text = TextField()

    kept = Kept(
        N_("The reasons that organizers choose from"), WHO_ORGANIZERS, OF_THE_COMMUNITY, internal=("act", "text")
    )

    class Meta:
        indexes = ((("act", "text"), True),)

    @classmethod
    def by_act(cls):
        """The texts of the list for each act that has any, in their order: one statement."""
        rows = list(cls.select().order_by(cls.id).tuples())
        if not rows:
            return {act: [_(text) for text in texts] for act, texts in STARTING.items()}
        found = {act: [text for _id, of, text in rows if of == act] for act in STARTING}
        return {act: texts for act, texts in found.items() if texts}

    @classmethod
    def add(cls, organizer, act, text):
        """The list has this reason as well. Raises NotYours or Invalid."""
        text = cls._checked(act, text)
        with db.atomic():
            texts = cls._begin(organizer).get(act, [])
            if text in texts:
                raise Invalid(text=_("That is on the list already."))
            if len(texts) >= MOST_STOCK_REASONS:
                raise Invalid(text=_("That is enough for one list: take one away first."))
            cls.create(act=act, text=text)
            organizer.did("stock_reason.add", reason=text)

    @classmethod
    def change(cls, organizer, act, old, text):
        """The reason `old` reads so from now on. Raises NotYours or Invalid."""
        text = cls._checked(act, text)
        with db.atomic():
            texts = cls._begin(organizer).get(act, [])
            if text in texts:
                raise Invalid(text=_("That is on the list already."))
            if not cls.update(text=text).where(cls.act == act, cls.text == old).execute():
                raise Invalid(text=_("That reason has gone from the list in the meantime."))
            organizer.did("stock_reason.change", reason=text)

    @classmethod
    def remove(cls, organizer, act, text):
        """The list has this reason no more; one that is gone already changes nothing. Raises NotYours."""
        with db.atomic():
            cls._begin(organizer)
            if cls.delete().where(cls.act == act, cls.text == text).execute():
                organizer.did("stock_reason.remove", reason=text)

    @classmethod
    def _checked(cls, act, text):
        text = clean_line(text)
        if act not in STARTING:
            raise Invalid(act=_("Please choose what the reason is for."))
        if not text:
            raise Invalid(text=_("Please write a sentence or two."))
        if len(text) > LONGEST_STOCK_REASON:
            raise Invalid(text=_("Please keep this under %(count)s characters.", count=LONGEST_STOCK_REASON))
        return text

    @classmethod
    def _begin(cls, organizer):
        """From the first change on the list is the community's own. Returns it as `by_act` does."""
        organizer.must_be_organizer()
        if not cls.select().exists():
            cls.insert_many(
                {"act": act, "text": _(text)} for act, texts in STARTING.items() for text in texts
            ).execute()
        return cls.by_act()


announce("stock_reason.add", N_("%(actor)s added a reason to the list at the desk"))
announce("stock_reason.change", N_("%(actor)s changed a reason in the list at the desk"))
announce("stock_reason.remove", N_("%(actor)s took a reason off the list at the desk"))
