"""Guests: people whom organizers bring along by a list, each with an invitation, until they came or are forgotten."""

import csv
import re
from dataclasses import dataclass
from datetime import timedelta

from peewee import JOIN, CharField, DateTimeField, ForeignKeyField, fn

from .base import Base, Invalid, Refused, db, in_days, now
from .blocks import Block, in_domain
from .email_addresses import clean_email
from .events import announce
from .i18n import N_, _
from .invitations import Invitation, door_closed
from .keeping import WHO_ORGANIZERS, Kept, Until
from .letters import Letter
from .members import Member
from .sealing import seal, unseal
from .text import clean_line, clean_text, fold
from .tokens import digest, new_token

MOST_GUESTS = 500  # On one list.
MOST_GUESTS_A_DAY = 1000  # On all lists of the community together.
LONGEST_NAME = 80
GUEST_DAYS = 30
ASK_AGAIN_DAYS = 7

# What the heads of columns with names are called, folded; other columns are left alone where a list has heads.
NAME_HEADS = ("name", "vorname", "nachname", "nom", "prenom", "nombre", "apellido", "nome", "naam", "namn", "navn")
# What is called a name too, and is not what people are called by.
OTHER_HEADS = ("company", "organi", "employer", "firm", "user", "login", "nick", "phonetic", "file", "account", "group")

ADDRESS_IN_BRACKETS = re.compile(r"<([^<>]*@[^<>]*)>")


class Guest(Base):
    """Somebody on a list that an organizer brought, who has an invitation of their own.

    The token is kept under the site's key: it goes into a letter, or on a card to print, as often as is needed.
    """

    invitation = ForeignKeyField(Invitation, unique=True, on_delete="CASCADE")
    name = CharField(default="")
    email = CharField(unique=True)
    sealed = CharField()
    letter = ForeignKeyField(Letter, null=True, on_delete="SET NULL")
    made_at = DateTimeField(default=now, index=True)
    asked_at = DateTimeField(default=now)

    kept = Kept(
        N_("Names and addresses of people whom organizers invite by a list"),
        WHO_ORGANIZERS,
        Until(N_("for %(days)s days"), GUEST_DAYS, lambda days: Guest.made_at < in_days(-days)),
        goes_with=("invitation.by", lambda member: Guest.email == member.email),
        internal=("invitation", "name", "email", "letter", "made_at", "asked_at"),
        secret=("sealed",),
        secret_rows=True,
    )

    is_here = False  # Whether a member has the address, by whichever way they came: read by `listed`.

    @classmethod
    def listed(cls):
        """Returns a query for all of them with their invitations and letters, the newest first."""
        found = cls.select(cls, Invitation, Letter, cls.at_member().alias("is_here"))
        found = found.join(Invitation).switch(cls).join(Letter, JOIN.LEFT_OUTER)
        return found.order_by(cls.id.desc())

    @classmethod
    def at_member(cls):
        """Returns the condition: a member has the address."""
        return fn.EXISTS(Member.select(Member.id).where(Member.email == cls.email))

    @classmethod
    def waiting(cls):
        """Returns a query for those who can still come by their invitation."""
        return cls.listed().where(Invitation.state == "open", ~cls.at_member())

    @classmethod
    def to_ask_again(cls):
        """Returns a query for those who have not come, and were asked last a week ago or longer."""
        return cls.waiting().where(cls.asked_at <= in_days(-ASK_AGAIN_DAYS))

    @classmethod
    def came(cls):
        return cls.listed().where((Invitation.state == "used") | cls.at_member())

    @classmethod
    def at(cls, email):
        """The guest with this address who can still come, or None."""
        return cls.waiting().where(cls.email == email).first()

    @classmethod
    def invited_with(cls, invitation):
        """The guest who was given this invitation, or None."""
        return cls.get_or_none(cls.invitation == invitation)

    # Inviting

    @classmethod
    def invite(cls, organizer, text, agreed, by_letter):
        """Everyone on the list who can be invited is, by letter or, without mail, by a card. Returns how many.

        Of two presses, or of a list that is brought twice, the second invites nobody again. Raises NotYours, Invalid
        without `agreed`, that those on the list want it, or Refused while the door is closed.
        """
        if not agreed:
            raise Invalid(agreed=_("Please say that everyone on the list agreed to be invited."))
        lines = read_list(text)
        with db.atomic():
            organizer.must_be_organizer()
            if door_closed():
                raise Refused(_("The door is closed at the moment: nobody can join, and nobody be invited."))
            new = [line for line in checked(lines) if not line.problem]
            lately = cls.select().where(cls.made_at > now() - timedelta(days=1)).count()
            if lately + len(new) > MOST_GUESTS_A_DAY:
                raise Refused(_("At most %(count)s people can be invited in a day.", count=MOST_GUESTS_A_DAY))
            for line in new:
                cls._invite(organizer, line, by_letter)
            if new:
                organizer.did("guest.invite", number=len(new))
        return len(new)

    @classmethod
    def _invite(cls, organizer, line, by_letter):
        token = new_token()
        columns = {"token_hash": digest(token), "uses_left": 1, "due": in_days(GUEST_DAYS), "listed": True}
        invitation = Invitation.create(by=organizer, **columns)
        letter = Letter.ask("invited", line.email) if by_letter else None
        sealed = seal(token, purpose_of(invitation))
        cls.create(invitation=invitation, name=line.name, email=line.email, sealed=sealed, letter=letter)

    @classmethod
    def ask_again(cls, organizer):
        """Everyone who has not come gets the letter once more, each at most once a week. Returns how many do."""
        with db.atomic():
            organizer.must_be_organizer()
            if door_closed():
                raise Refused(_("The door is closed at the moment: nobody can join, and nobody be invited."))
            again = list(cls.to_ask_again())
            for guest in again:
                guest.renew_token_if_lost()
                guest.letter, guest.asked_at = Letter.ask("invited", guest.email), now()
                guest.save(only=[Guest.letter, Guest.asked_at])
            if again:
                organizer.did("guest.ask_again", number=len(again))
        return len(again)

    def renew_token_if_lost(self):
        """The invitation has a new token where the old one was sealed under a key that the site has no more."""
        if self.token is None:
            token = new_token()
            Invitation.update(token_hash=digest(token)).where(Invitation.id == self.invitation_id).execute()
            self.sealed = seal(token, purpose_of(self.invitation))
            self.save(only=[Guest.sealed])

    def take_off(self, organizer):
        """The guest is not on the list any more, and their invitation has ended."""
        with db.atomic():
            organizer.must_be_organizer()
            if self.invitation.can("end", organizer):
                self.invitation.end(organizer)
            self.delete_instance()
            organizer.did("guest.take_off")

    # Reading

    @property
    def token(self):
        """The token of the invitation; None where the site's key is another one by now."""
        return unseal(self.sealed, purpose_of(self.invitation))

    @property
    def has_come(self):
        return self.invitation.state == "used" or bool(self.is_here)

    @property
    def status(self):
        """Where it stands, as a word: came, ended, unsent, sent, writing or card."""
        if self.has_come:
            return "came"
        if self.invitation.state != "open":
            return "ended"
        if self.letter is None:
            return "card"
        return "sent" if self.letter.sent_at else "writing" if self.letter.waits else "unsent"


def purpose_of(invitation):
    return f"invitation {invitation.id}"


@dataclass
class Line:
    """One person on a list: on which line, as it was written, what it says, and what is wrong with it, or ""."""

    number: int
    written: str
    name: str = ""
    email: str = ""
    problem: str = ""


def read_list(text):
    """The people on a list that somebody pasted, or brought as a CSV file. Raises Invalid for none, or too many.

    Cells may be parted by commas, semicolons or tabs, in quotes or not; addresses may stand in angle brackets. A first
    line without an address is taken for the heads of the columns; before it a spreadsheet may say what parts the cells.
    Below heads each line is one person, at their first address.
    """
    written = [(number, line) for number, line in enumerate(clean_text(text).split("\n"), 1) if line.strip()]
    columns = None
    if written and written[0][1].startswith("sep="):
        del written[0]
    if len(written) > 1 and "@" not in written[0][1]:
        columns = [_is_name(head) for head in _cells(written.pop(0)[1])]
    lines = [line for number, row in written for line in _people(number, row, columns)]
    if not lines:
        raise Invalid(people=_("There is nobody on this list yet."))
    if len(lines) > MOST_GUESTS:
        raise Invalid(people=_("At most %(count)s people at a time, please.", count=MOST_GUESTS))
    return lines


def _is_name(head):
    head = fold(head)
    return any(word in head for word in NAME_HEADS) and not any(word in head for word in OTHER_HEADS)


def _people(number, row, columns):
    """Those on one line: mostly one, but mail programs put many on one."""
    if row.count("@") > 1 and len(columns or ()) < 2:
        cells = _cells(row.replace(";", ",").replace("\t", ","))
        return [_person(number, cell, [cell], None) for cell in cells if "@" in cell]
    return [_person(number, row, _cells(row), columns)]


def _cells(row):
    mark = max("\t;,", key=row.count)
    return [clean_line(cell) for cell in next(csv.reader([row], delimiter=mark, skipinitialspace=True), [])]


def _person(number, row, cells, columns):
    place = next((place for place, cell in enumerate(cells) if "@" in cell), None)
    if place is None:
        return Line(number, clean_line(row)[:LONGEST_NAME], problem=_("There is no email address in this line."))
    email, beside = cells[place], ""
    if found := ADDRESS_IN_BRACKETS.search(email):
        beside, email = email[: found.start()].strip(" \"'"), found[1]
    if columns is None:
        named = [cell for cell in cells if "@" not in cell and re.fullmatch(r"[^\d]*[^\W\d_][^\d]*", cell)]
    else:
        named = [cell for cell, is_name in zip(cells, columns, strict=False) if is_name and "@" not in cell]
    name = clean_line(" ".join([beside, *named]))
    return Line(number, clean_line(row)[:LONGEST_NAME], name, email.removeprefix("mailto:").strip())


def checked(lines):
    """The same lines, each with what stands against inviting that person, or "": six statements at most."""
    domains = [block.pattern for block in Block.select().where(Block.kind == "domain")]
    for line in lines:
        line.problem = line.problem or _problem_of(line, domains)
    emails = [line.email for line in lines if not line.problem]
    here = {email for (email,) in Member.select(Member.email).where(Member.email.in_(emails)).tuples()}
    invited = {email for (email,) in Guest.select(Guest.email).where(Guest.email.in_(emails)).tuples()}
    seen = set()
    for line in lines:
        if line.problem:
            continue
        if line.email in seen:
            line.problem = _("This address is in the list twice.")
        elif line.email in here:
            line.problem = _("They are here already.")
        elif line.email in invited:
            line.problem = _("They have been invited already.")
        seen.add(line.email)
    return lines


def _problem_of(line, domains):
    try:
        line.email = clean_email(line.email)
    except Invalid as problem:
        return str(problem)
    if any(in_domain(line.email, domain) for domain in domains):
        return _("Addresses of this domain cannot join here.")
    if len(line.name) > LONGEST_NAME:
        return _("This name is too long.")
    return ""


announce("guest.invite", N_("%(actor)s invited people by a list"))
announce("guest.take_off", N_("%(actor)s took a guest off the list"))
announce("guest.ask_again", N_("%(actor)s invited those on the list once more"))
