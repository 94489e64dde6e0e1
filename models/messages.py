"""Messages: what the two sides of a claim write to each other, and for a short time can take back."""

from datetime import timedelta

from peewee import DateTimeField, ForeignKeyField, fn

import models

from .base import Base, NotYours, Refused, db, now
from .claims import Claim
from .events import Notice
from .i18n import N_, _
from .keeping import WHO_BOTH, Kept, Until, WordsField
from .members import Member

TAKE_BACK_MINUTES = 10  # For so long an author can take back what they wrote.


class Message(Base):
    claim = ForeignKeyField(Claim, backref="messages", on_delete="CASCADE")
    author = ForeignKeyField(Member)
    body = WordsField(stand_in=N_("These words are gone."))
    at = DateTimeField(default=now)
    taken_back_at = DateTimeField(null=True)
    taken_down_at = DateTimeField(null=True)

    kept = Kept(
        N_("The messages and notes of a claim"),
        WHO_BOTH,
        Until(N_("until %(days)s days after the claim ended and its money was settled"), "thread_days"),
        whose=("claim.helper", "claim.seeker"),
        words={"author": ("body",)},
        facts=("claim", "author", "at", "taken_back_at", "taken_down_at"),
    )

    @classmethod
    def held(cls):
        """Returns a condition: the message was reported, or a report about its claim waits for an organizer."""
        report = models.Report
        about = (report.message == cls.id) | (report.claim == cls.claim) & (report.state == "open")
        return fn.EXISTS(report.select(report.id).where(about))

    def neighbours(self, count):
        """The message among so many before and after it of the same claim, with their authors, oldest first."""
        thread = Message.select(Message, Member).join(Member).where(Message.claim == self.claim_id)
        before = thread.where(Message.id <= self.id).order_by(Message.id.desc()).limit(count + 1)
        after = thread.where(Message.id > self.id).order_by(Message.id).limit(count)
        return [*list(before)[::-1], *after]

    def can_be_taken_back(self, member):
        """Whether this member could take the message back now, where it was read with its thread: for the button."""
        return member.id == self.author_id and self._obstacle(self.is_held) is None

    def _obstacle(self, held):
        """The sentence that says why the message can no longer be taken back, or None."""
        if self.taken_back_at:
            return _("You have taken this message back already.")
        if self.taken_down_at:
            return _("An organizer has taken this message down.")
        if now() > self.at + timedelta(minutes=TAKE_BACK_MINUTES):
            return _("A message can be taken back for %(count)s minutes, and they are over.", count=TAKE_BACK_MINUTES)
        return _("This message can no longer be taken back.") if held else None

    def take_back(self, author):
        """The words are gone, and the thread says so in their place. The other side is not told of them any more.

        Raises NotYours where they are somebody else's, Refused where it is too late or an organizer looks at them.
        """
        with db.atomic():
            self.reload()
            if author.id != self.author_id:
                raise NotYours(_("This is not yours to do."))
            held = Message.select().where(Message.id == self.id, Message.held()).exists()
            if problem := self._obstacle(held):
                raise Refused(problem)
            Message.update(body="", taken_back_at=now()).where(Message.id == self.id).execute()
            self.reload()
            self.claim.log("take_back", author, self.claim.state, self.claim.state)
            self._forget_notice()

    def _forget_notice(self):
        """The other side's unread notice goes, unless another message has come since that they have not read."""
        notices = Notice.unread(self.claim.other(self.author))
        for notice in notices.where(Notice.kind == "claim.message", Notice.claim == self.claim):
            since = notice.at - timedelta(seconds=1)  # The message was there a moment before its notice.
            others = Message.select().where(Message.claim == self.claim, Message.author == self.author)
            if not others.where(
                Message.taken_back_at.is_null(), Message.taken_down_at.is_null(), Message.at >= since
            ).exists():
                notice.delete_instance()
