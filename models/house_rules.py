"""The house rules: the group's own text, in versions like the policy, and who has agreed to which."""

from peewee import DateTimeField, ForeignKeyField, JSONField

from .base import Base, Invalid, Refused, db, now
from .events import Notice, announce
from .i18n import N_, _
from .keeping import OF_THE_COMMUNITY, WHO_MEMBERS, Kept
from .members import ADMITTED, Member
from .text import clean_line, fold
from .verbs import moved_on

MOST_RULES = 20
LONGEST_RULE = 200

# What a new community begins with; its organizers change it as they like.
FIRST_RULES = (
    N_("Be kind, and be honest about yourself, the job and the help you give."),
    N_("What is said here stays here. Nobody tells an employer who is leaving, looking or helping."),
    N_("Do not copy, photograph or pass on what others write here."),
    N_("Nobody asks for money, and nobody pays, before someone is hired."),
    N_("Post only jobs that are real, with their true pay and duties."),
    N_("Treat everyone fairly, whatever their origin, faith, gender, age, disability or family."),
    N_("Take a no for a no, and leave people alone who ask for it."),
    N_("Keep to yourself what your employer has trusted you with."),
    N_("Tell the organizers when something is wrong. You can appeal what they decide."),
)


class HouseRules(Base):
    """One version of the rules, as a list of short texts. Rows are never changed: the last one counts.

    `by` is the organizer who wrote it; None for what a community that stood already was given.
    """

    rules = JSONField()
    by = ForeignKeyField(Member, null=True)
    at = DateTimeField(default=now)

    kept = Kept(
        N_("The house rules, and who changed them"),
        WHO_MEMBERS,
        OF_THE_COMMUNITY,
        facts=("rules", "by", "at"),
    )

    @classmethod
    def begin(cls, owner):
        """The first version, in the language of the community. Whoever begins it has agreed to it."""
        first = cls.create(rules=[_(rule) for rule in FIRST_RULES], by=owner)
        owner.agree_to_rules(first)

    @classmethod
    def current(cls):
        """The version that counts now, or None before the community was set up."""
        return db.remember(cls, lambda: cls.select().order_by(cls.id.desc()).first())

    @classmethod
    def change(cls, organizer, text, version=None):
        """These rules count from now on, one in each line. Every member is told once, and asked to agree.

        `version` is the one that the organizer changed. Returns the version that counts; nothing is new where the rules
        stay as they were. Raises NotYours, Invalid, or Refused where somebody has changed them meanwhile.
        """
        rules = read_rules(text)
        with db.atomic():
            organizer.must_be_organizer()
            present = cls.current()
            if version not in (None, present.id):
                raise Refused(moved_on())
            if rules == present.rules:
                return present
            changed = cls.create(rules=rules, by=organizer)
            organizer.agree_to_rules(changed)
            cls._tell_all(organizer.did("house_rules.change", number=changed.id))
            return changed

    @classmethod
    def _tell_all(cls, event):
        told = Member.select(Member.id).where(Member.state.in_(ADMITTED), Member.id != event.actor_id)
        rows = [{"member": member.id, "kind": event.verb, "actor": event.actor, "event": event} for member in told]
        for start in range(0, len(rows), 100):
            Notice.insert_many(rows[start : start + 100]).execute()

    @classmethod
    def versions(cls):
        """Every version with what it took out and what it brought, newest first: (version, [rule], [rule])."""
        rows = list(cls.select().order_by(cls.id))
        pairs = zip([None, *rows], rows, strict=False)
        return [(new, *(old.differences(new) if old else ([], []))) for old, new in pairs][::-1]

    def differences(self, other):
        """The rules of this version that the other one leaves out, and those that only the other one has."""
        gone = [rule for rule in self.rules if rule not in other.rules]
        return gone, [rule for rule in other.rules if rule not in self.rules]

    # Agreeing

    @classmethod
    def agreed(cls, version):
        """The columns of somebody who ticks, at the door, that they agree to the version with this number.

        Raises Invalid where it is not the one that counts, or None.
        """
        if version is None:
            raise Invalid(rules=_("Please read the house rules, and tick that you agree."))
        if version != cls.current().id:
            raise Invalid(rules=_("The house rules have just changed. Please read them again."))
        return {"rules_version": version, "rules_agreed_at": now()}

    # What an action is about

    @property
    def numbered(self):
        """Each rule as pages show it, after the code that forms send: "3.2" is the second rule of version 3."""
        return [(f"{self.id}.{place}", f"{place}. {rule}") for place, rule in enumerate(self.rules, 1)]

    @classmethod
    def text_of(cls, code):
        """The rule with this code, with its number, as it is now; "" for "". Raises Invalid for any other."""
        rules = dict(cls.current().numbered) if code else {"": ""}
        if code and code not in rules:
            raise Invalid(house_rule=_("The house rules have just changed. Please choose again."))
        return rules[code or ""]


def read_rules(text):
    """The rules that somebody wrote, one in each line. Raises Invalid for none, too many, too long ones, or twins."""
    rules = [rule for rule in map(clean_line, (text or "").splitlines()) if rule]
    if not rules:
        raise Invalid(rules=_("Please write at least one rule."))
    if len(rules) > MOST_RULES:
        raise Invalid(rules=_("At most %(count)s rules, please: nobody reads more.", count=MOST_RULES))
    if any(len(rule) > LONGEST_RULE for rule in rules):
        raise Invalid(rules=_("Please keep each rule under %(count)s characters.", count=LONGEST_RULE))
    if len({fold(rule) for rule in rules}) < len(rules):
        raise Invalid(rules=_("The same rule stands here twice."))
    return rules


announce(
    "house_rules.change",
    N_("%(actor)s changed the house rules"),
    N_("The house rules have changed. Please read them, and say that you agree."),
)
announce(
    "house_rules.begin",
    None,
    N_("This community has house rules now. Please read them, and say that you agree."),
)
