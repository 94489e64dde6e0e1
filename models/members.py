"""Who is here: members, their standing, their role and their profile."""

from contextlib import suppress
from datetime import timedelta

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField, IntegerField, TextField

import models

from .absences import MayBeAway
from .base import FactorNeeded, Invalid, NotYours, Refused, db, in_days, now, remembered
from .blocks import Block
from .email_addresses import clean_email, email_form
from .events import TELLS, Event, Notice
from .heartbeat import Heartbeat
from .i18n import N_, _
from .keeping import WHO_MEMBERS, Kept, NameField, Until
from .likeness import alike
from .names import must_be_ones_own, namesakes
from .passwords import hashed, matches, rehashed
from .text import clean_line, fold
from .tokens import digest
from .verbs import Record, move, moved_on

ADMITTED = ("new", "member", "trusted")
CHANGING_ROLES = ("member.appoint", "member.make_owner", "member.dismiss", "member.step_down", "member.leave")

# What all organizers hear of, rather than whom it is about.
TOLD_TO_ORGANIZERS = ("member.apply", "member.apply_again", "member.step_down")

# What of a member others read, and nobody changes who is silenced.
READ_BY_OTHERS = ("name", "headline", "can_help")

LONGEST_NAME = 80
NAME_CHANGES, NAME_CHANGE_DAYS = 3, 90  # So many changes of one's own name in so many days.

# Who reads a profile: those with whom its owner shares an accepted claim, or all members.
ACCEPTED, ALL = PROFILES = ("accepted", "all")

SECOND_PRESS = timedelta(minutes=10)  # So long a press of the same form is a second one.

# How long an organizer may do without a second step of signing in.
FACTOR_DAYS = 7
LEAVING_DAYS = 7

# After so many days somebody who was accepted for a claim is no longer new.
SETTLING_DAYS = 30

# How long a letter to somebody who joined may wait for its link to be opened.
UNCONFIRMED_DAYS = 30


class Member(Record, MayBeAway):
    """A person here. The state is their standing: an applicant, new, a member, trusted, or turned down."""

    noun = "member"

    state = CharField(default="new", index=True)
    email = CharField(unique=True)
    name = NameField(stand_in=N_("A former member"))
    name_key = CharField(default="")
    headline = CharField(default="")
    can_help = TextField(default="")
    password_hash = CharField()
    role = CharField(default="member", choices=[("member",) * 2, ("organizer",) * 2, ("owner",) * 2])
    answer = TextField(default="")
    invited_by = ForeignKeyField("self", null=True, backref="invited")
    joined_at = DateTimeField(default=now)
    confirmed_at = DateTimeField(null=True)
    mail_refused_at = DateTimeField(null=True)
    due = DateTimeField(null=True, index=True)
    unconfirmed = BooleanField(default=False)
    join_key = CharField(default="")
    factor_due = DateTimeField(null=True)
    profile_shown = CharField(default=ACCEPTED, choices=[(which, which) for which in PROFILES])
    in_tree = BooleanField(default=True)
    rules_version = IntegerField(null=True)
    rules_agreed_at = DateTimeField(null=True)
    away_from = DateTimeField(null=True)
    away_until = DateTimeField(null=True)

    kept = Kept(
        N_("Your name and profile; your address and application, which only organizers see"),
        WHO_MEMBERS,
        Until(
            N_("until the account is deleted; for %(days)s days if you joined and did not confirm your address"),
            UNCONFIRMED_DAYS,
        ),
        whose=("self",),
        words={"self": ("name", "name_key", "headline", "can_help")},
        private={"self": ("email", "answer")},
        facts=(
            *("state", "role", "invited_by", "joined_at", "confirmed_at", "mail_refused_at", "due", "unconfirmed"),
            *("factor_due", "profile_shown", "in_tree", "rules_version", "rules_agreed_at"),
            *("away_from", "away_until"),
        ),
        secret=("password_hash", "join_key"),
    )

    # What flask-login asks of whoever is signed in; `session` is the row that brought them here.
    sign_in = None
    to_tell = False  # Whether links were used that the member has not been told of: read with the session.
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self):
        return self.sign_in.token if self.sign_in else super().get_id()

    @classmethod
    def create(cls, name, **columns):
        """Makes the row, with the form of the name by which members are found and sorted."""
        return super().create(name=name, name_key=fold(name), **columns)

    @classmethod
    def join(cls, name, email, password, role="member", state="new", key="", **columns):
        """A new member. Raises Invalid on a bad address, one already taken, or a weak password.

        `key` is that of the form in the one browser that has it: a second press of it brings the same member.
        `employer` is where they say that they work, or "".
        """
        email, password_hash = cls.checked(name, email, password)
        Block.keep_out(answer=columns.get("answer"))
        with db.atomic():
            known = cls.get_or_none(cls.email == email)
            if known and known._joined_with(key):
                return known
            if known:
                raise Invalid(email=_("Somebody has already joined with this address. Is it you? Then sign in."))
            return cls._begin(name, email, password_hash, key, role=role, state=state, **columns)

    @classmethod
    def knock(cls, name, email, password, by_letter, state="new", key="", **columns):
        """Somebody asks to come in at a door that does not tell whether their address is known: nothing is returned.

        Who is new is a member or an applicant from now on; `by_letter`, once they have opened the link in the letter
        to them. Who is known is told of it, and nothing else happens. Raises Invalid as `join` does, but not for that.
        """
        email, password_hash = cls.checked(name, email, password)
        Block.keep_out(answer=columns.get("answer"))
        with db.atomic():
            cls.begin(name, email, password_hash, by_letter, state, key, **columns)

    @classmethod
    def begin(cls, name, email, password_hash, by_letter, state="new", key="", **columns):
        """What `knock` does once all was checked, within a transaction."""
        known = cls.get_or_none(cls.email == email)
        if known and known._joined_with(key):
            return
        if known is None:
            cls._begin(name, email, password_hash, key, state=state, unconfirmed=by_letter, **columns)
        else:
            known.tell(known.log("knock", None))
        if by_letter:
            models.Letter.ask("known" if known else "confirm", email)

    @classmethod
    def checked(cls, name, email, password):
        """The clean address, and the hash of the password. It takes its time on purpose: before the transaction."""
        email = clean_email(email)
        Block.keep_out(name=name)
        must_be_ones_own(name)
        if Block.keeps_out(email):
            raise Invalid(email=_("Addresses of this domain cannot join here. Use another one, or ask an organizer."))
        return email, hashed(password, name, email, *site_words())

    @classmethod
    def _begin(cls, name, email, password_hash, key, employer="", **columns):
        join_key = digest(key) if key else ""
        member = cls.create(name=name, email=email, password_hash=password_hash, join_key=join_key, **columns)
        member.tell(member.log("apply" if member.state == "applicant" else "join", member, after=member.state))
        models.Workplace.begin(member, employer)
        return member

    @classmethod
    def has_joined_with(cls, key):
        """Whether somebody has just joined by the form with this key."""
        lately = cls.select().where(cls.join_key == digest(key), cls.joined_at > now() - SECOND_PRESS)
        return bool(key) and lately.exists()

    def _joined_with(self, key):
        return bool(key) and self.join_key == digest(key) and self.joined_at > now() - SECOND_PRESS

    @classmethod
    def by_password(cls, email, password):
        """The member with this address and password. Raises Invalid without saying which was wrong.

        Nor does anybody learn whether an address is known by joining with it: the password counts once a letter to the
        address was opened.
        """
        member = cls.get_or_none(cls.email == email_form(email))
        if not matches(member and member.password_hash, password) or member.unconfirmed:
            raise Invalid(password=_("That address and password do not go together. Try again."))
        if anew := rehashed(member.password_hash, password):
            member.password_hash = anew
            member.save(only=[Member.password_hash])
        return member

    @classmethod
    def organizers(cls):
        """Those who can act at the desk now; one who is suspended cannot."""
        kept_out = models.Action.keeping_out()
        return cls.select().where(cls.role.in_(["organizer", "owner"]), cls.id.not_in(kept_out)).order_by(cls.id)

    @classmethod
    def at_desk(cls):
        """The same as a list, read once for a page."""
        return db.remember("at the desk", lambda: list(cls.organizers()))

    @classmethod
    def at_desk_with_places(cls):
        """The same, each with their `places`, which are read once for a page as well."""
        return db.remember("at the desk, with places", cls._at_desk_with_places)

    @classmethod
    def _at_desk_with_places(cls):
        organizers = cls.at_desk()
        cls.know_places(organizers)
        return organizers

    @classmethod
    def owners(cls):
        return cls.select().where(cls.role == "owner").order_by(cls.id)

    @classmethod
    def organizers_for(cls, owner):
        """Those of them who may know of what this member posts: the member hides from none of them."""
        return cls.organizers().where(cls.id.not_in(models.Hiding.viewers(owner)))

    @classmethod
    def reviewers_of(cls, owner, employer):
        """Returns a query for those of them who may look at what this member posts about this employer.

        They are not the member, and have nothing to do with the employer.
        """
        able = cls.organizers_for(owner).where(cls.id != owner)
        colleagues = [organizer.id for organizer in cls.at_desk_with_places() if organizer.works_for(employer)]
        return able.where(cls.id.not_in(colleagues)) if colleagues else able

    @classmethod
    def refusing_letters(cls):
        """Those whose address the mail server says does not exist, the latest first."""
        return cls.select().where(cls.mail_refused_at.is_null(False)).order_by(cls.mail_refused_at.desc(), cls.id)

    @classmethod
    def search(cls, words):
        """A query for those whose names or addresses hold all these words, however they are spelled; by their names."""
        found = cls.select().where(cls.state != "former").order_by(cls.name_key, cls.name, cls.id)
        for word in words.split():
            found = found.where(cls.name_key.contains(fold(word)) | cls.email.contains(word))
        return found

    @property
    def organizer(self):
        return self.role in ("organizer", "owner")

    def must_be_organizer(self):
        """Raises NotYours unless the member is an organizer now, and not suspended, not only when they signed in."""
        self.reload()
        if not self.organizer or self.kept_out:
            raise NotYours(_("Only organizers can do this."))
        if self.factor_overdue:
            raise FactorNeeded()

    def must_be_owner(self):
        """Raises NotYours unless the member is an owner now, not only when they signed in."""
        self.reload()
        if self.role != "owner":
            raise NotYours(_("Only an owner can do this."))

    def did(self, verb, about=None, before="", after="", reason="", **columns):
        """Writes down what this organizer has done, where it is no verb of a record, and returns the event.

        `verb` is such as "block.add", and `columns` say what it is about: member, referral, claim, number. With
        `about`, a record, they are its own, and nobody else may be at work on it. Raises NotYours where they are no
        organizer now, or Refused.
        """
        self.must_be_organizer()
        if about:
            models.Assignment.must_be_free(about.held_as, self)
            columns = about.about() | columns
        return Event.create(verb=verb, actor=self, role=self.role, before=before, after=after, reason=reason, **columns)

    @remembered
    def unread(self):
        """The notices that the member has not read yet, oldest first, with no more than what each is about."""
        return list(Notice.unread(self).select(Notice.id, Notice.claim, Notice.referral).order_by(Notice.id))

    @remembered
    def takes_money(self):
        """Whether the member has an account that money can go to."""
        return models.PayoutAccount.takes_money(self)

    @classmethod
    def know_who_takes_money(cls, members):
        """Reads `takes_money` of all these members in one statement."""
        account = models.PayoutAccount
        ready = account.select(account.member).where(account.ready, account.member.in_(members))
        ids = {account.member_id for account in ready}
        for member in members:
            cls.takes_money.keep(member, member.id in ids)

    @remembered
    def helped_people(self):
        """How many people the member has helped into a job."""
        return models.Claim.helped_by([self]).get(self.id, 0)

    @classmethod
    def know_whom_they_helped(cls, members):
        """Reads `helped_people` of all these members in one statement."""
        counts = models.Claim.helped_by(members) if members else {}
        for member in members:
            cls.helped_people.keep(member, counts.get(member.id, 0))

    @remembered
    def fellows(self):
        """The ids of the other organizers who can act at the desk now."""
        return {organizer.id for organizer in Member.at_desk()} - {self.id}

    def fellows_for(self, owner_id):
        """Those of the fellows who may know of what the member with this id posts, as a set."""
        return self.fellows - self.fellows_left_out.get(owner_id, set())

    @remembered
    def fellows_left_out(self):
        """From which of the fellows members hide, by the ids of the members."""
        found = {}
        for owner, viewer in models.Hiding.from_any(self.fellows).tuples():
            found.setdefault(owner, set()).add(viewer)
        return found

    @remembered
    def link_makers(self):
        """The ids of those who could sign in as this member: see `OneTimeLink.makers_for`."""
        return models.OneTimeLink.makers_for([self]).get(self.id, set())

    @classmethod
    def know_link_makers(cls, members):
        """Reads `link_makers` of all these members in one statement."""
        makers = models.OneTimeLink.makers_for(members)
        for member in members:
            cls.link_makers.keep(member, makers.get(member.id, set()))

    @remembered
    def appointments(self):
        """Who has given the member a role, and when, as a list of ids and times."""
        given = self.history.where(Event.verb.in_(("member.appoint", "member.make_owner")))
        return list(given.select(Event.actor, Event.at).tuples())

    @remembered
    def open_appeals(self):
        """All appeals that wait to be heard, by whomever."""
        return list(models.Action.appeals())

    # What the member sees

    @property
    def employer(self):
        """Where the member says that they work, or ""."""
        return self.workplace.name if self.workplace else ""

    @remembered
    def workplace(self):
        """The row of where the member says that they work now, or None where they have not said anything."""
        return models.Workplace.current(self)

    @remembered
    def places(self):
        """The names of the employers that the member has to do with: nobody decides about their own employer."""
        return self.places_of([self]).get(self.id, set())

    @classmethod
    def places_of(cls, members):
        """The `places` of all these members, by their ids; who has to do with no employer is not there."""
        place, referral, check = models.Workplace, models.Referral, models.Verification
        said = place.counting().where(place.member.in_(members)).select(place.member, place.name)
        posted = referral.select(referral.helper, referral.employer)
        posted = posted.where(referral.helper.in_(members), referral.of_own_job())
        checked = check.counting().where(check.member.in_(members), check.employer != "")
        found = {}
        for member, name in (said | posted | checked.select(check.member, check.employer)).tuples():
            found.setdefault(member, set()).add(name)
        return found

    @classmethod
    def know_places(cls, members):
        """Reads `places` of all these members in one statement."""
        places = cls.places_of(members)
        for member in members:
            cls.places.keep(member, places.get(member.id, set()))

    @remembered
    def check(self):
        """What others read of how the member was checked as a person: see Verification.check_of. None without it."""
        return models.Verification.check_of(self)

    def works_for(self, employer):
        """Whether the member has to do with this employer, by likeness."""
        return any(alike(employer, place) for place in self.places)

    @remembered
    def waits_with(self):
        """The ids of the organizers who wrote something together with the member that is not confirmed."""
        return models.Beside.waits_with(self)

    @remembered
    def written(self):
        """The ids of the postings, and of the claims, that the member wrote as an organizer together with others."""
        return self._people_around[2:]

    def wrote_claim(self, claim):
        """Whether the member wrote this claim, or its posting, together with a side of it."""
        postings, claims = self.written
        return claim.id in claims or claim.referral_id in postings

    def involved_in(self, referral):
        """Whether this posting is the member's matter too: about an employer of theirs, or written together."""
        return self.works_for(referral.employer) or referral.id in self.written[0]

    @remembered
    def revealed(self):
        """By the ids of the postings whose helper they know by an accepted claim, whether that shows them all of it."""
        return models.revealed_to(self)

    @property
    def hidden_ones(self):
        """The ids of those who are hidden from this member."""
        return self._people_around[0]

    @property
    def acquainted(self):
        """The ids of those with whom the member shares a claim that was accepted, in either role."""
        return self._people_around[1]

    @remembered
    def _people_around(self):
        """All of them, for a page that needs the one mostly needs the others: one statement."""
        return models.people_around(self)

    @property
    def reads_tree(self):
        """Whether the member may read who came through whom: organizers may, and others where the policy says so."""
        return self.organizer or models.Policy.current().tree_open

    def seems_to_work_for(self, employer):
        """Whether their workplace, now or of late, or the domain of their address may well be this employer's."""
        said = models.Workplace.counting().where(models.Workplace.member == self)
        if any(models.alike(employer, row.name) for row in said):
            return True
        domain = models.domain_of(self.email)
        belongs = bool(domain) and models.alike_to_domain(employer, domain)
        return belongs and not models.is_public(domain, models.used_domains())

    # What others see of the member

    @classmethod
    def with_profile_for(cls, viewer):
        """Returns a query for those whose profile this viewer may read."""
        return models.profiles_for(viewer)

    def profile_visible_to(self, viewer):
        """Whether this viewer may read the profile: the same as `with_profile_for`, of a record that was read."""
        return models.sees_profile(self, viewer)

    def inviter_for(self, viewer, asked=False):
        """Who invited the member, where this viewer may read that, else None.

        `asked`: the member asks this viewer for help, who may read it before they accept.
        """
        inviter = self.invited_by
        if inviter is None or inviter.former or inviter.id in viewer.hidden_ones:
            return None
        if viewer.organizer or viewer.id in (self.id, inviter.id):
            return inviter
        knows = asked or viewer.reads_tree or self.id in viewer.acquainted
        return inviter if knows and inviter.in_tree else None

    # Standing

    @classmethod
    def applicants(cls):
        return cls.select().where(cls.state == "applicant").order_by(cls.id)

    @property
    def admitted(self):
        return self.state in ADMITTED

    @property
    def may_invite(self):
        return (self.state == "trusted" or self.organizer) and not self.kept_out

    @move(
        "applicant",
        to="new",
        by="organizer",
        says=N_("%(actor)s let a member in"),
        tells=N_("Welcome! %(actor)s let you in."),
    )
    def admit(self, organizer):
        self.due = None

    @move(
        "applicant",
        to="declined",
        by="organizer",
        reason="required",
        says=N_("%(actor)s turned an application down"),
        tells=N_("%(actor)s turned your application down and says why."),
    )
    def turn_down(self, organizer):
        """The applicant reads why. After a time the application goes, unless it is made again."""
        self.due = in_days(models.Policy.current().application_days)
        self.tell_inviter("turned_down", organizer)

    @move(
        "declined",
        to="applicant",
        by="organizer",
        says=N_("%(actor)s gave somebody a second chance who had been turned down"),
        tells=N_("%(actor)s gives your application a second chance: it waits at the desk again."),
    )
    def give_second_chance(self, organizer):
        """The application waits for an organizer as it did before, and is not deleted."""
        self.due = None

    @move(
        "declined",
        to="applicant",
        by="self",
        unless="too_soon_again",
        says=N_("%(actor)s applied again"),
        tells=N_("%(actor)s applies again. They were turned down before."),
    )
    def apply_again(self, member, answer):
        """The application waits for an organizer with this answer, and is not deleted. Raises Invalid."""
        Block.keep_out(answer=answer)
        self.answer, self.due = answer, None

    def too_soon_again(self):
        if models.door_closed():
            return _("Nobody can join at the moment: the door is closed.")
        if self.reapply_from is None or self.reapply_from > now():
            return _("It is too soon to apply again. This page says from when you can.")
        return None

    @remembered
    def turned_down(self):
        """The event by which the member was turned down last, with its reason; None where that never happened."""
        return self.history.where(Event.verb == "member.turn_down").order_by(Event.id.desc()).first()

    @property
    def reapply_from(self):
        """From when, in UTC, somebody who was turned down may apply again; None for who was not."""
        days = models.Policy.current().reapply_days
        return self.turned_down and self.turned_down.at + timedelta(days=days)

    @move("new", to="member", by="clock", says=N_("A member is no longer new"))
    def settle_in(self):
        """The first posting was published, somebody was hired, or was accepted and has been here for a while."""

    @classmethod
    def settle_the_accepted_in(cls):
        """Whoever has been here for SETTLING_DAYS and was accepted for a claim is no longer new."""
        accepted = models.Claim.select(models.Claim.seeker).where(models.Claim.revealed_at.is_null(False))
        here_long = cls.joined_at <= in_days(-SETTLING_DAYS)
        for member in list(cls.select().where(cls.state == "new", here_long, cls.id.in_(accepted))):
            with suppress(Refused):  # Somebody else was quicker.
                member.settle_in()

    @move(
        "new",
        "member",
        to="trusted",
        by="organizer",
        says=N_("%(actor)s trusted a member"),
        tells=N_("%(actor)s trusts you: your postings skip the review, and you may invite others."),
    )
    def trust(self, organizer):
        pass

    @move(
        "trusted",
        to="member",
        by="organizer",
        reason="required",
        says=N_("%(actor)s withdrew the trust in a member"),
        tells=N_("%(actor)s has withdrawn the trust they gave you and says why."),
    )
    def distrust(self, organizer):
        pass

    @move(
        "new",
        "member",
        "trusted",
        by="owner",
        unless="not_appointable",
        says=N_("%(actor)s appointed an organizer"),
        tells=N_("%(actor)s appointed you an organizer. The desk is yours to look after."),
    )
    def appoint(self, owner):
        return self._take_role("organizer")

    def not_appointable(self):
        if self.kept_out:
            return _("%(name)s is suspended at present.", name=self.name)
        return _("%(name)s is an organizer already.", name=self.name) if self.organizer else None

    @move(
        "new",
        "member",
        "trusted",
        by="owner",
        unless="owner_already",
        says=N_("%(actor)s made another member an owner"),
        tells=N_("%(actor)s made you an owner of this community."),
    )
    def make_owner(self, owner):
        return self._take_role("owner")

    def owner_already(self):
        return _("%(name)s is an owner already.", name=self.name) if self.role == "owner" else None

    @move(
        "new",
        "member",
        "trusted",
        by="owner",
        unless="not_dismissable",
        reason="required",
        says=N_("%(actor)s dismissed an organizer"),
        tells=N_("%(actor)s has ended your time as an organizer. Thank you for your work."),
    )
    def dismiss(self, owner):
        return self._take_role("member")

    @move(
        *ADMITTED,
        by="self",
        unless="not_stepping_down",
        says=N_("%(actor)s stepped down as an organizer"),
        tells=N_("%(actor)s has stepped down and is no longer an organizer."),
        logged=True,
    )
    def step_down(self, member):
        """The member looks after the community no longer: what they had begun at the desk is anybody's."""
        models.Handover.call_off_of(self)
        return self._take_role("member")

    def not_stepping_down(self):
        if not self.organizer:
            return _("You are not an organizer.")
        return _("You are the last owner: make somebody else an owner first.") if self.last_owner else None

    def _take_role(self, role):
        """The member has this role, and no link that was made before lets anybody in. Returns the state they keep."""
        self.role = role
        if not self.organizer:
            self.factor_due = None
            models.Assignment.end_all_of(self)
        elif not self.has_factor:
            self.factor_due = self.factor_due or in_days(FACTOR_DAYS)
        models.OneTimeLink.end_open(self)
        return self.state

    def become(self, role):
        """The member has this role from now on. The caller has begun a transaction, and tells of it."""
        self._take_role(role)
        self.version += 1
        self.save(only=[Member.role, Member.factor_due, Member.version])
        models.Referral.renew_review_clocks()

    def after_move(self, event):
        if event.verb in CHANGING_ROLES:
            models.Referral.renew_review_clocks()

    # The second step of signing in

    @remembered
    def has_factor(self):
        """Whether the member is asked for a second step when signing in."""
        return models.needs_factor(self)

    @property
    def factor_overdue(self):
        """Whether an organizer's days to set up a second step are over. `factor_due` is empty once there is one."""
        return self.factor_due is not None and self.factor_due <= Heartbeat.moment()

    def ask_for_factor(self, due):
        """From `due` on the desk asks for a second step; with None it does not."""
        self.factor_due = due
        self.save(only=[Member.factor_due])

    @move(
        *ADMITTED,
        "applicant",
        "declined",
        by="owner",
        unless="factor_not_resettable",
        reason="required",
        says=N_("%(actor)s reset a member's second step of signing in"),
        tells=N_("%(actor)s reset your second step of signing in. If you did not ask for it, tell another organizer."),
    )
    def reset_factor(self, owner):
        """The member lost what the second step asks for: a password or a link is enough until they set up another."""
        models.forget_factors(self)
        return self.state

    def reset_factor_by_command(self):
        """The same, by whoever works on the server itself. Raises Refused where there is nothing to reset."""
        with db.atomic():
            self.reload()
            if not self.has_factor:
                raise Refused(self.without_factor())
            models.forget_factors(self)
            self.save(only=[Member.factor_due])
            self.tell(self.log("reset_factor_by_command", None))

    def factor_not_resettable(self, owner):
        if self == owner:
            return _("Another owner has to do this, or whoever works on the server.")
        if not self.has_factor:
            return self.without_factor()
        if models.Action.hears_of(self, owner):
            return _("%(name)s has an appeal about you to hear. Only the server can do this.", name=self.name)
        return None

    def without_factor(self):
        return _("%(name)s has no second step.", name=self.name)

    def not_dismissable(self):
        if not self.organizer:
            return _("%(name)s is not an organizer.", name=self.name)
        if self.role == "owner" and Member.select().where(Member.role == "owner").count() == 1:
            return _("The last owner cannot leave: make somebody else an owner first.")
        return None

    # Leaving

    def kept_here(self):
        if self.leaving:
            return _("Your account is being deleted already.")
        if self.last_owner:
            return _("You are the last owner: hand the community over first.")
        return None

    @move(
        "applicant",
        "declined",
        *ADMITTED,
        by="self",
        unless="kept_here",
        says=N_("%(actor)s asked for their account to be deleted"),
        tells=N_("Your account is deleted in seven days. Until then you can keep it: see your account page."),
    )
    def ask_to_leave(self, member):
        """The account ends in seven days, unless its owner keeps it. Every browser is signed out, and no link works."""
        models.SignIn.delete().where(models.SignIn.member == self).execute()
        models.OneTimeLink.delete().where(models.OneTimeLink.member == self).execute()
        self.due = in_days(LEAVING_DAYS)
        return self.state

    def not_leaving(self):
        return None if self.leaving else _("Your account is not being deleted.")

    @move(
        "applicant",
        *ADMITTED,
        by="self",
        unless="not_leaving",
        says=N_("%(actor)s kept their account"),
        tells=N_("You keep your account: everything is as it was."),
    )
    def stay(self, member):
        self.due = None
        return self.state

    def still_bound(self):
        """Returns a sentence while the account cannot end: the time is not over, or something is not settled."""
        if self.due is None or self.due > now():
            return moved_on()
        if self.last_owner:
            return _("You are the last owner: hand the community over first.")
        return models.open_matter(self)

    @remembered
    def last_owner(self):
        """Whether nobody else could look after the community, which is not over yet."""
        others = Member.select().where(Member.role == "owner", Member.id != self.id, Member.due.is_null())
        return self.role == "owner" and not others.exists() and not models.Community.current().over

    @move(
        "applicant",
        "declined",
        *ADMITTED,
        to="former",
        by="clock",
        unless="still_bound",
        says=N_("An account was deleted"),
    )
    def leave(self):
        """The account ends: what the tables declare goes, and what stays names nobody."""
        models.BannedMailbox.remember(self)
        models.forget(self)
        self.reload()
        self.role, self.due, self.email = "member", None, f"former {self.id}"

    def on_due(self):
        """The account ends once nothing about it is open; until then it is looked at again every day."""
        models.end_what_is_open(self)
        self.reload()
        if self.can("leave", None):
            self.leave()
        else:
            Member.update(due=in_days(1)).where(Member.id == self.id).execute()
            self.reload()

    @classmethod
    def let_unconfirmed_go(cls):
        """Whoever joined by letter and has not opened its link in all this time is overdue: the account ends."""
        old = (cls.unconfirmed, cls.joined_at < in_days(-UNCONFIRMED_DAYS), cls.due.is_null())
        gone = cls.update(due=now()).where(*old, cls.role == "member", cls.state.in_(("applicant", *ADMITTED)))
        if cls.select().where(*old).exists():
            gone.execute()

    @property
    def leaving(self):
        """Whether the member has asked for the account to be deleted."""
        return self.due is not None and self.state != "declined"

    @property
    def former(self):
        return self.state == "former"

    @classmethod
    def leaving_ones(cls):
        """Returns a query for the ids of those who cannot be asked for help, for they are leaving."""
        return cls.select(cls.id).where(cls.due.is_null(False), cls.state.in_(ADMITTED))

    def roles(self, actor):
        if actor is None:
            return {"clock"}
        roles = {"self"} if actor == self else {"organizer"} if actor.organizer else set()
        return roles | {"owner"} if actor.role == "owner" else roles

    def about(self):
        return {"member": self}

    def tell(self, event):
        super().tell(event)
        if event.verb in ("member.ask_to_leave", "member.stay"):  # It may have been somebody else at their browser.
            self.notify(self, event.verb, event=event)

    def concerned(self, event):
        if event.verb == "member.leave":
            return []
        return Member.organizers() if event.verb in TOLD_TO_ORGANIZERS else [self]

    def waits_for(self, member):
        return self.state == "applicant" and member.organizer

    @remembered
    def kept_out(self):
        """What keeps this member out at present: the newest suspension or ban, or None."""
        return models.Action.in_force(self, "suspended", "banned")

    @remembered
    def silenced(self):
        """Whether an organizer's action says at present that the member cannot write here."""
        return models.Action.in_force(self, *models.NOT_WRITING) is not None

    @classmethod
    def know_who_is_silenced(cls, members):
        """Reads `silenced` of all these members: one statement."""
        silenced = models.Action.holding_for(members, *models.NOT_WRITING) if members else set()
        for member in members:
            cls.silenced.keep(member, member.id in silenced)

    def must_not_be_silenced(self):
        """Raises NotYours while an organizer's action says that this member cannot write here."""
        if models.Action.in_force(self, *models.NOT_WRITING):
            raise NotYours(
                _("An organizer has silenced you for a time. Your account page says why, and how to appeal.")
            )

    # Profile

    def introduce(self, employer=None, **columns):
        """The profile says this from now on; with an employer, that is where the member works.

        Raises Refused if it is no longer as the member was shown it, NotYours where somebody silenced would change what
        others read, Invalid where the workplace or the name changed too often, or others would be mistaken by the name.
        """
        with db.atomic():
            self.reload()
            self.must_be_as_expected()
            if employer is not None:
                models.Workplace.say(self, employer)
            said = {name: columns[name] for name in READ_BY_OTHERS if name in columns}
            new = {name: text for name, text in said.items() if text != getattr(self, name)}
            if new:
                self.must_not_be_silenced()
                Block.keep_out(**new)
            if "name" in new:
                self._change_own_name(new["name"])
            for name, value in columns.items():
                setattr(self, name, value)
            self.version += 1
            self.save(only=[*columns, "name_key", "version"])

    def _change_own_name(self, name):
        must_be_ones_own(name, self)
        changes = self.names_before.where(Event.actor == self, Event.at > in_days(-NAME_CHANGE_DAYS))
        if changes.count() >= NAME_CHANGES:
            raise Invalid(name=_("Your name has changed several times of late. Ask an organizer to change it."))
        self._take_name(name, self)

    def _take_name(self, name, actor):
        """The member is called so from now on, and it stays on record what they were called; the caller saves it."""
        self.log("rename", actor, reason=_("“%(old)s” became “%(new)s”", old=self.name, new=name))
        self.name, self.name_key = name, fold(name)

    @property
    def names_before(self):
        """Returns a query for the events by which the name changed, newest first: each says from what to what."""
        return self.history.where(Event.verb == "member.rename").order_by(Event.id.desc())

    @move(
        "applicant",
        "declined",
        *ADMITTED,
        by="organizer",
        unless="name_kept_from",
        reason="required",
        says=N_("%(actor)s corrected a member's name"),
        tells=N_("%(actor)s corrected your name, and says why."),
    )
    def correct_name(self, organizer, name):
        """The member is called so from now on. Raises Invalid for no name, or one that others would be mistaken by."""
        name = clean_line(name)
        if not any(sign.isalpha() for sign in name) or len(name) > LONGEST_NAME:
            raise Invalid(name=_("Write a name with a letter in it, and at most %(count)s signs.", count=LONGEST_NAME))
        if name == self.name:
            raise Invalid(name=_("This is the name that they have."))
        Block.keep_out(name=name)
        must_be_ones_own(name, self)
        self._take_name(name, None)
        return self.state

    def not_in_tree(self):
        return None if self.in_tree else _("Their name is not in the tree.")

    @move(
        *ADMITTED,
        by="organizer",
        unless="not_in_tree",
        says=N_("%(actor)s took a member's name off the tree of invitations"),
        tells=N_("%(actor)s took your name off the tree of who came through whom."),
    )
    def take_off_tree(self, organizer):
        """Members read the name in the tree no longer, until its owner puts it back."""
        self.in_tree = False
        return self.state

    def tell_inviter(self, kind, organizer):
        """Whoever invited the member hears that this organizer acted on them, in which way, and not why."""
        inviter = self.invited_by
        known = inviter and not inviter.former and inviter != organizer and self.id not in inviter.hidden_ones
        if known and f"member.guest_{kind}" in TELLS:
            self.notify(inviter, f"member.guest_{kind}")

    @remembered
    def banned_alike(self):
        """Who of the banned the member may be by their address, as a list of members; None is one who has left."""
        return models.banned_alike([self]).get(self.id, [])

    @remembered
    def namesakes(self):
        """Those whose names could be taken for this member's, as a list: to be looked at before they have a role."""
        return namesakes(self)

    # The house rules

    @property
    def asked_for_rules(self):
        """Whether the member has not yet agreed to the house rules as they are now."""
        return self.admitted and self.rules_version != models.Community.current().rules_version

    def agree_to_rules(self, rules):
        """The member agrees to this version of the house rules. Raises Refused where another one counts by now."""
        with db.atomic():
            if rules != models.HouseRules.current():
                raise Refused(moved_on())
            self.rules_version, self.rules_agreed_at = rules.id, now()
            self.save(only=[Member.rules_version, Member.rules_agreed_at])

    # Away

    @move(*ADMITTED, by="self", says=N_("%(actor)s is away for a time"))
    def go_away(self, member, day):
        """Until the end of that day, deadlines that wait for the member stand still. Raises Invalid.

        Saying another day changes the absence.
        """
        begun, until = self.absence_until(day)
        models.clocks.stand_still(self, until)
        self.away_from, self.away_until = begun, until
        return self.state

    def here_already(self):
        return None if self.away else _("You are here already.")

    @move(*ADMITTED, by="self", unless="here_already", says=N_("%(actor)s is back"))
    def come_back(self, member):
        """The deadlines run again, with the time that was left."""
        models.clocks.stand_still(self, now())
        self.away_until = now()
        return self.state

    @classmethod
    def desk_away_until(cls):
        """When the first organizer is back (UTC), where all of them are away; None while one is here."""
        return db.remember("desk away", lambda: (cls._desk_away_until(),))[0]

    @classmethod
    def _desk_away_until(cls):
        organizers = cls.at_desk()
        all_away = organizers and all(organizer.away for organizer in organizers)
        return min(organizer.away_until for organizer in organizers) if all_away else None

    # Ways in

    def confirm(self, password, field="password"):
        """The member shows by their password that it is them. Raises Invalid, beside the field, where it is not."""
        if not matches(self.password_hash, password):
            raise Invalid(**{field: _("This is not your present password.")})
        if self.sign_in:
            self.sign_in.confirm()

    def change_password(self, new):
        """The new password counts; every other browser is signed out, and every open link ends.

        The member has just shown that it is them, see `confirm`. Raises Invalid where the new one will not do.
        """
        self.take_password(self.new_password(new))

    def new_password(self, password):
        """The hash of a password that this member may have. Raises Invalid, with the reason, for one that will not do.

        It takes its time, so it is best made outside of a transaction.
        """
        return hashed(password, self.name, self.email, *site_words())

    @classmethod
    def ask_for_address(cls, email):
        """The clean form of a new address, which nobody here has. Raises Invalid."""
        email = clean_email(email)
        if Block.keeps_out(email):
            raise Invalid(
                email=_("Addresses of this domain cannot be used here. Take another one, or ask an organizer.")
            )
        return email

    def change_address(self, email, by_letter):
        """The member, who has just shown that it is them, wants this address.

        `by_letter`: it counts once the link in a letter to it is opened; without mail it counts at once. Whether
        somebody else has it is not said where there is a letter. Returns whether it counts already. Raises Invalid.
        """
        email = Member.ask_for_address(email)
        models.Workplace.check_address(self, email)
        if by_letter:
            models.Letter.ask("new_address", email, self)
            return False
        self.take_address(email)
        return True

    def take_address(self, email, confirmed=False):
        """The member has this address from now on; other browsers are signed out, links end, the old address is told.

        Raises Invalid where somebody else has it.
        """
        with db.atomic():
            models.Workplace.check_address(self, email)
            self._take_address(email, confirmed)
            self.tell(self.log("change_address", self))

    def _take_address(self, email, confirmed=False):
        if Member.select().where(Member.email == email, Member.id != self.id).exists():
            raise Invalid(email=_("Somebody else has this address. Two members cannot share one."))
        models.Letter.warn("address_changed", self)
        models.Workplace.note_address(self, email)
        self.email, self.confirmed_at, self.mail_refused_at = email, now() if confirmed else None, None
        self.save(only=[Member.email, Member.confirmed_at, Member.mail_refused_at])
        models.renew_hiding(self)
        self.close_other_ways_in()

    @move(
        "applicant",
        *ADMITTED,
        by="organizer",
        unless="out_of_reach",
        reason="required",
        says=N_("%(actor)s changed the address of a member"),
        tells=N_("%(actor)s changed the address with which you sign in, and says why."),
    )
    def correct_address(self, organizer, email):
        """An organizer puts a mistyped address right."""
        self._take_address(Member.ask_for_address(email))
        return self.state

    @move(
        "applicant",
        "declined",
        *ADMITTED,
        by="organizer",
        unless="out_of_reach",
        reason="required",
        says=N_("%(actor)s signed a member out of every browser"),
        tells=N_("%(actor)s signed you out of every browser, and says why."),
    )
    def end_sessions(self, organizer):
        self.close_other_ways_in()
        return self.state

    def out_of_reach(self, organizer):
        """The sentence against this organizer's touching the ways in of this member, or None."""
        if problem := self.kept_from(organizer):
            return problem
        if models.OneTimeLink.obstacle(organizer, self):
            return _("They are not below your rank: ask an owner, or use the command on the server.")
        return None

    def kept_from(self, organizer):
        """The sentence against an organizer from whom this member hides, or None."""
        if self.id in organizer.hidden_ones:
            return _("Another organizer has to do this, or whoever works on the server.")
        return None

    def name_kept_from(self, organizer):
        """The sentence against an organizer who would correct this name, or None: an owner's is for owners."""
        if self.role == "owner" and organizer.role != "owner":
            return _("Only an owner can act on an owner.")
        return self.kept_from(organizer)

    # By whoever works on the server itself

    @db.atomic()
    def appoint_by_command(self, owner=False):
        """The member is an organizer or an owner, by the server's command. Raises Refused for who is not a member."""
        self.reload()
        if not self.admitted or self.kept_out:
            raise Refused(_("%(name)s is not a member at present.", name=self.name))
        self.become("owner" if owner else "organizer")
        models.Community.owner_is_here(self)
        self.tell(self.log("appoint_by_command", None))

    @db.atomic()
    def end_sessions_by_command(self):
        """The member is signed out of every browser, by the server's command. Returns how many there were."""
        ended = models.SignIn.close_all(self)
        models.OneTimeLink.end_open(self)
        self.tell(self.log("end_sessions_by_command", None))
        return ended

    def take_password(self, password_hash):
        """The password with this hash counts from now on; every other browser is signed out, every open link ends."""
        with db.atomic():
            self.password_hash = password_hash
            self.save(only=[Member.password_hash])
            self.close_other_ways_in()
            models.Letter.warn("password_changed", self)

    def close_other_ways_in(self):
        """Every browser but the one that asks is signed out, none is known any more, and every open link ends.

        So after a change of password, address or second factor.
        """
        models.SignIn.close_all(self, but=self.sign_in)
        models.OneTimeLink.end_open(self)
        models.Letter.drop_new_address(self)
        models.KnownBrowser.forget(self)

    @remembered
    def used_links(self):
        """The links made by hand that somebody signed in with as this member, until the member dismisses them."""
        return list(models.OneTimeLink.to_tell(self)) if self.to_tell else []

    def confirm_address(self, address):
        """Letters to this address reach the member: it is confirmed, as long as it is the one that they have."""
        has_it = (Member.id == self.id, Member.email == address)
        Member.update(confirmed_at=now(), mail_refused_at=None, unconfirmed=False).where(*has_it).execute()


Member.announce(
    "reset_factor_by_command",
    N_("A member's second step of signing in was reset by the server's command"),
    N_("Your second step of signing in was reset by the server's command. If it was not you, tell an organizer."),
    logged=True,
)
Member.announce(
    "names",
    None,
    N_("New: your postings can leave you and your employer unnamed until you accept somebody. They still name you."),
)
for _kind, _tells in {
    "silenced": N_("Somebody whom you invited was silenced for a time by an organizer."),
    "suspended": N_("Somebody whom you invited was suspended for a time by an organizer."),
    "banned": N_("Somebody whom you invited was banned by an organizer."),
    "turned_down": N_("Somebody whom you invited was turned down by an organizer."),
}.items():
    Member.announce(f"guest_{_kind}", None, _tells)
Member.announce("rename", N_("The name was changed"))
Member.announce("join", N_("%(actor)s joined"), None)
Member.announce("apply", N_("%(actor)s applied to join"), N_("%(actor)s would like to join."))
Member.announce(
    "knock",
    N_("Somebody tried to join with the address of a member"),
    N_("Somebody tried to join with your address. Was it you? You are in already."),
)
Member.announce("change_address", N_("%(actor)s changed their address"), None)
Member.announce(
    "profiles",
    None,
    N_("Your profile is now seen only by people you have agreed to work with, and by organizers. You can change that."),
)
Member.announce(
    "appoint_by_command",
    N_("A member was given a role by the server's command"),
    N_("You were given a role by the server's command. The desk is yours to look after."),
    logged=True,
)
Member.announce(
    "end_sessions_by_command",
    N_("A member was signed out of every browser by the server's command"),
    N_("You were signed out of every browser by the server's command."),
    logged=True,
)


def site_words():
    """What everybody knows of this site, and would try first."""
    community = models.Community.current()
    return ("golem", community.name, community.place) if community else ("golem",)
