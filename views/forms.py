"""What people may type into each form, and the sentence for what cannot be taken."""

from datetime import date
from decimal import Decimal, InvalidOperation
from types import SimpleNamespace
from typing import NamedTuple

import wtforms
from babel.numbers import NumberFormatError, format_decimal, parse_decimal
from flask import g, request
from wtforms.validators import StopValidation

from models import (
    BLOCK_KINDS,
    CONNECTIONS,
    CONSEQUENCES,
    FINE,
    GIFTS_ONLY,
    HELP_CLASSES,
    HIGHEST_FEE,
    INDUSTRIES,
    JOINING,
    NO_POSTINGS,
    ON_MEMBERS,
    PERHAPS_PUBLIC,
    PERIODS,
    PRICED_CLASSES,
    PROFILES,
    REPORT_REASONS,
    REVIEW,
    WORK_MODES,
    Employer,
    HouseRules,
    Invalid,
    _,
    clean_line,
    clean_text,
    language,
    languages,
    suggested_words,
)

from .display import currencies, timezones

LARGEST_AMOUNT = 10**12
NOTE, TEXT, LONG_TEXT = 2000, 5000, 20000
LONGEST_LIST = 60_000  # Of people to invite.


class Form(wtforms.Form):
    class Meta:
        locales = False

    @classmethod
    def sent(cls):
        """The form as it was sent. Raises Invalid with a sentence for each field that cannot be taken."""
        form = cls(request.form)
        if not form.validate():
            raise Invalid(**{name: str(errors[0]) for name, errors in form.errors.items()})
        return form


class Needed:
    """The field is not left empty: it holds something that can be seen."""

    field_flags = {"required": True}

    def __call__(self, form, field):
        if not field.raw_data or not clean_line(str(field.raw_data[0])):
            raise StopValidation(_("Please fill this in."))


class AtMost:
    """The text has at most so many characters."""

    def __init__(self, count):
        self.field_flags = {"maxlength": count}
        self.count = count

    def __call__(self, form, field):
        if field.data and len(field.data) > self.count:
            raise StopValidation(_("Please keep this under %(count)s characters.", count=self.count))


def line(most=100, needed=True):
    return wtforms.StringField(validators=[*([Needed()] if needed else []), AtMost(most)], filters=[clean_line])


def text(most=TEXT, needed=True):
    return wtforms.TextAreaField(validators=[*([Needed()] if needed else []), AtMost(most)], filters=[clean_text])


def password():
    return wtforms.PasswordField(validators=[Needed(), AtMost(200)])


class Choice(wtforms.StringField):
    """One of the words that the rules know."""

    def __init__(self, words, needed=True, **kwargs):
        super().__init__(validators=[Needed()] if needed else [], **kwargs)
        self.words = words

    def pre_validate(self, form):
        if self.data and self.data not in self.words:
            raise StopValidation(_("Please choose one of these."))


class YesNo(Choice):
    """Yes or no: shown from True, False or None; `data` is the word that was sent, `yes` whether it is yes.

    `answer` is True or False, and None where nothing was said.
    """

    def __init__(self, needed=True, **kwargs):
        super().__init__(("yes", "no"), needed, **kwargs)

    @property
    def yes(self):
        return self.data == "yes"

    @property
    def answer(self):
        return self.yes if self.data else None

    def process_data(self, value):
        self.data = {True: "yes", False: "no"}.get(value)


class Several(wtforms.Field):
    """Any number of words; the rules say which of them can be chosen."""

    def process_formdata(self, values):
        self.data = values

    def pre_validate(self, form):
        self.data = self.data or []


class Money(wtforms.StringField):
    """An amount in the community's currency; `data` is minor units, or None where nothing was typed."""

    def __init__(self, needed=True, **kwargs):
        super().__init__(validators=[Needed()] if needed else [], **kwargs)

    def process_formdata(self, values):
        typed = values[0].strip() if values else ""
        self.data = minor_units(typed) if typed else None

    def _value(self):
        if self.raw_data:
            return self.raw_data[0]
        return "" if self.data is None else plain_amount(self.data)


class Day(wtforms.StringField):
    def __init__(self, needed=True, **kwargs):
        super().__init__(validators=[Needed()] if needed else [], **kwargs)

    def process_formdata(self, values):
        typed = clean_line(values[0]) if values else ""
        self.data = None
        if typed:
            self.data = calendar_day(typed)

    def _value(self):
        return self.raw_data[0] if self.raw_data else self.data.isoformat() if self.data else ""


class Count(wtforms.StringField):
    """A whole number within bounds; `data` is None where nothing was typed and nothing is needed."""

    def __init__(self, least=0, most=10_000, needed=True, **kwargs):
        super().__init__(validators=[Needed()] if needed else [], **kwargs)
        self.least, self.most = least, most

    def process_formdata(self, values):
        typed = clean_line(values[0]) if values else ""
        if not typed and not self.flags.required:
            self.data = None
            return
        if not (typed.isascii() and typed.isdecimal() and len(typed) <= 9 and self.least <= int(typed) <= self.most):
            raise ValueError(_("Write a whole number from %(least)s to %(most)s.", least=self.least, most=self.most))
        self.data = int(typed)

    def _value(self):
        return self.raw_data[0] if self.raw_data else "" if self.data is None else str(self.data)


def minor_units(typed):
    """What was typed as minor units of the community's currency. Raises ValueError with a sentence."""
    if len(typed) > 30 or "e" in typed.lower():  # Exponents would be rounded, or fill the memory.
        raise ValueError(_("Write an amount such as 150."))
    try:
        amount = parse_decimal(typed, locale=language(), strict=True)
    except NumberFormatError:
        amount = plain_decimal(typed)
    if not amount.is_finite() or abs(amount) > LARGEST_AMOUNT:
        raise ValueError(_("Write an amount such as 150."))
    if amount < 0:
        raise ValueError(_("An amount cannot be negative."))
    minor = amount * 10**g.community.decimals
    if minor != int(minor):
        raise ValueError(
            _("%(currency)s has no smaller coins than that: fewer decimals, please.", currency=g.community.currency)
        )
    return int(minor)


def plain_decimal(typed):
    try:
        return Decimal(typed) if typed.isascii() and "_" not in typed else Decimal("nan")
    except InvalidOperation:
        return Decimal("nan")


def plain_amount(minor):
    """Minor units as a person would type them back in."""
    places = g.community.decimals
    amount = Decimal(minor).scaleb(-places)
    pattern = "0" if amount == int(amount) else "0." + "0" * places
    return format_decimal(amount, format=pattern, locale=language())


def calendar_day(typed):
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise ValueError(_("There is no such day. Write it as year-month-day.")) from None
    if not 2000 <= day.year <= 2100:
        raise ValueError(_("This year cannot be right."))
    return day


def check_timezone(field):
    if field.data not in dict(timezones()):
        raise StopValidation(_("Please choose a time zone from the list."))


class SetupForm(Form):
    name, place = line(80), line(80)
    currency, timezone = line(3), line(60)
    language = Choice(languages(), needed=False)
    owner_name, email, password = line(80), line(254), password()
    charging = YesNo()

    def owner(self):
        return {"name": self.owner_name.data, "email": self.email.data, "password": self.password.data}

    def community(self):
        columns = ("name", "place", "currency", "timezone", "language")
        return {name: self.data[name] for name in columns if self.data[name]}

    def validate_currency(self, field):
        if field.data not in dict(currencies()):
            raise StopValidation(_("Please choose a currency from the list."))

    def validate_timezone(self, field):
        check_timezone(field)


class JoinForm(Form):
    name, email, password = line(80), line(254), password()
    employer = line(needed=False)
    rules = Count(1, needed=False)

    def columns(self):
        """What somebody joins with. Raises Invalid where they have not agreed to the house rules as they are."""
        columns = dict(self.data)
        return columns | HouseRules.agreed(columns.pop("rules"))


class ApplicationForm(JoinForm):
    answer = text(NOTE)


class AgainForm(Form):
    answer = text(NOTE)


class SignInForm(Form):
    email, password = line(254), password()
    shared = wtforms.BooleanField()


class AddressForm(Form):
    email = line(254)


class CodeForm(Form):
    code = line(100)


class PasskeyAnswerForm(Form):
    credential = text(LONG_TEXT)


class PasskeyForm(PasskeyAnswerForm):
    name = line(60)


class PasswordForm(Form):
    old, password = wtforms.PasswordField(validators=[Needed()]), password()


class NewAddressForm(Form):
    email, present = line(254), wtforms.PasswordField(validators=[Needed()])


class ExportForm(Form):
    export_password = password()


class AwayForm(Form):
    until = Day()


class LeaveForm(Form):
    leave_password = password()


class NewPasswordForm(Form):
    password = password()


class ProfileForm(Form):
    name, headline, can_help = line(80), line(120, needed=False), text(needed=False)
    employer = line(needed=False)
    profile_shown = Choice(PROFILES, needed=False)
    in_tree = YesNo(needed=False)

    def columns(self):
        """What the profile says from now on; who sees it stays as it is where nothing was said of it."""
        columns = self.data | {"profile_shown": self.profile_shown.data or None, "in_tree": self.in_tree.answer}
        return {name: value for name, value in columns.items() if value is not None}


class HiddenFromForm(Form):
    kind = Choice(("employer", "domain"), default="employer")
    name = line(254)


ANSWERS = {True: "yes", False: "no", None: None}


class Question(NamedTuple):
    """Whether an employer is one of the register: shown like a field that is not needed."""

    name: str
    data: str | None
    employer: str
    flags: SimpleNamespace = SimpleNamespace(required=False)


class ReferralForm(Form):
    employer, title, location = line(), line(), line()
    helper_named, employer_named = YesNo(needed=False), YesNo(needed=False)
    employer_words = line(120, needed=False)
    small_employer, month_only = YesNo(needed=False), YesNo(needed=False)
    public_employer = YesNo(needed=False)
    industry = Choice(INDUSTRIES)
    work_mode = Choice(WORK_MODES)
    pay_min, pay_max = Money(), Money(needed=False)
    pay_period = Choice(PERIODS)
    duties = text(LONG_TEXT)
    connection = Choice(CONNECTIONS)
    influence = line(300, needed=False)
    last_day, closes_on = Day(needed=False), Day(needed=False)
    seats = Count(1, 100, default=1)

    def columns(self):
        """What a referral is made of: its columns, its duties, and the prices of its help items."""
        columns = {name: value for name, value in self.data.items() if not name.startswith("price_")}
        if columns["pay_max"] is None:
            columns["pay_max"] = columns["pay_min"]
        questions = ("helper_named", "employer_named", "small_employer", "month_only")
        columns |= {name: self[name].answer for name in questions}
        if columns["month_only"] is None:
            del columns["month_only"]
        if not self.small_employer.raw_data:  # Whoever does not ask changes nothing of it; “I do not know” does.
            del columns["small_employer"]
        if self.public_employer.data:
            columns["public_employer"] = self.public_employer.answer
        else:
            del columns["public_employer"]
        return columns | {"prices": self.prices(), "employer_answers": self.answers(request.form)}

    @staticmethod
    def answers(sent):
        """Which employers of the register are meant, by their ids, as far as that was answered."""
        found = {name.removeprefix("like-"): value for name, value in sent.items() if name.startswith("like-")}
        return {
            int(id): value == "yes"
            for id, value in found.items()
            if id.isascii() and id.isdecimal() and len(id) < 10 and value in ("yes", "no")
        }

    def questions(self, kept=None):
        """What is asked of an employer that is like some in the register: each a field, with the `employer` it names.

        `kept` are the answers that were given before, by the keys of the register.
        """
        typed, kept = self.answers(g.get("typed") or {}), kept or {}
        return [
            Question(f"like-{row.id}", ANSWERS[typed.get(row.id, kept.get(row.key))], row.name)
            for row in Employer.like(self.employer.data or "")
        ]

    @property
    def perhaps_public(self):
        """Whether it is asked if the employer is a public one."""
        return self.industry.data in PERHAPS_PUBLIC

    def prices(self):
        prices = {kind: self.data[f"price_{kind}"] for kind in HELP_CLASSES}
        return {kind: price for kind, price in prices.items() if price is not None}

    @property
    def suggestion(self):
        """What stands for the employer where no words are written, by the industry and the place; None without them."""
        if self.industry.data not in INDUSTRIES or not self.location.data:
            return None
        return suggested_words(self.industry.data, self.location.data)

    @staticmethod
    def values(referral):
        """The values with which the form shows a referral."""
        return referral.__data__ | {
            "duties": referral.duties,
            **{f"price_{item.kind}": item.price for item in referral.menu},
        }


for _kind in HELP_CLASSES:
    setattr(ReferralForm, f"price_{_kind}", Money(needed=False))


class ScheduleForm(Form):
    publish_on = Day(needed=False)


class ClaimForm(Form):
    note = text(NOTE)
    help = Several()


class MessageForm(Form):
    body = text()
    as_it_is = wtforms.BooleanField()


class HiredForm(Form):
    start_date = Day()


class EndedForm(Form):
    ended_on = Day(needed=False)


class ThanksForm(Form):
    thanks = text(NOTE)
    agreed = wtforms.BooleanField()


class DecisionForm(Form):
    decision = line(needed=False)
    owed = Money(needed=False)
    start_date = Day(needed=False)


class OwedForm(Form):
    owed = Money()


class InvitationForm(Form):
    note = line(120, needed=False)
    uses = Count(1, 20)


class ReportForm(Form):
    rule = Choice(REPORT_REASONS)
    note = text(NOTE, needed=False)


class JudgeForm(Form):
    consequence = Choice(CONSEQUENCES)
    days = Count(1, 365, needed=False)
    house_rule = line(needed=False)
    reason = text(NOTE)
    to_reported = text(NOTE, needed=False)


class TakeDownForm(Form):
    rule = Choice(REPORT_REASONS)
    reason = text(NOTE)


class ActionForm(Form):
    kind = Choice(ON_MEMBERS)
    rule = Choice(REPORT_REASONS)
    house_rule = line(needed=False)
    reason = text(NOTE)
    days = Count(1, 365, needed=False)


class GuestsForm(Form):
    people = text(LONGEST_LIST, needed=False)
    agreed = wtforms.BooleanField()


class HouseRulesForm(Form):
    rules = text(TEXT)


class KnownForm(Form):
    employer = line(needed=False)


class DocumentForm(Form):
    employer = line()


class EmployerForm(Form):
    name = line()
    rule = Choice((FINE, GIFTS_ONLY, NO_POSTINGS))
    public = YesNo(needed=False)
    note = text(NOTE, needed=False)


class BlockForm(Form):
    kind = Choice(BLOCK_KINDS)
    pattern = line(80)


class HandoverForm(Form):
    handover_notes = text(needed=False)


class QuestionForm(Form):
    body = text()


class InquiryForm(Form):
    name, employer = line(80), line()
    email = line(254)
    body = text()


class CommunityForm(Form):
    name, place, timezone = line(80), line(80), line(60)
    language = Choice(languages(), needed=False)
    outside_contact = text(1000, needed=False)

    def validate_timezone(self, field):
        check_timezone(field)

    def columns(self):
        """What was filled in; whom to turn to outside may be nobody, where an owner was asked."""
        columns = {name: value for name, value in self.data.items() if value}
        return columns | ({"outside_contact": self.outside_contact.data} if self.outside_contact.raw_data else {})


class PolicyForm(Form):
    charging = YesNo()
    priced_classes = Several()
    price_cap = Money()
    pro_rata = YesNo()
    hired_means = text(1000)
    review = Choice(REVIEW)
    joining = Choice(JOINING)
    question = line(300, needed=False)
    appeal_days = Count(1, 90)
    guarantee_days = Count(0, 365)
    seats_cap, open_claims_cap = Count(1, 100), Count(1, 100)
    listing_days, reminder_days = Count(1, 365), Count(0, 60)
    request_days, changes_days, agree_days = Count(1, 90), Count(1, 90), Count(1, 90)
    report_days, active_days, settle_days = Count(1, 90), Count(1, 730), Count(1, 90)
    check_in_days = line(60, needed=False)
    unnamed, tree_open = YesNo(needed=False), YesNo(needed=False)
    thread_days, posting_days = Count(30, 3650), Count(30, 3650)
    archive_days, dispute_days = Count(0, 3650, needed=False), Count(1, 365, needed=False)
    application_days, notice_days = Count(1, 3650), Count(1, 3650)
    reapply_days = Count(0, 365, needed=False)

    @staticmethod
    def values(policy):
        """The values with which the form shows a policy."""
        return policy.__data__ | {"check_in_days": ", ".join(map(str, policy.check_in_days))}

    def columns(self):
        """The policy's columns. Raises Invalid on check-ins that are not days before the claim runs out."""
        columns = dict(self.data)
        columns["charging"] = self.charging.yes
        columns["pro_rata"] = self.pro_rata.yes
        columns |= {name: self[name].answer for name in ("unnamed", "tree_open")}
        for name in ("unnamed", "tree_open", "archive_days", "dispute_days"):  # What is not asked stays as it is.
            if columns[name] is None:
                del columns[name]
        columns["priced_classes"] = [name for name in PRICED_CLASSES if name in self.priced_classes.data]
        columns["check_in_days"] = self._check_ins()
        return columns

    def _check_ins(self):
        words = self.check_in_days.data.replace(",", " ").split()
        days = [int(word) for word in words if word.isascii() and word.isdecimal() and len(word) < 5]
        if len(days) != len(words) or days != sorted(set(days)) or any(day >= self.active_days.data for day in days):
            raise Invalid(check_in_days=_("Write days such as 30, 45, 75, each before the claim runs out."))
        return days


class CardPaymentsForm(Form):
    fee_percent = Count(0, HIGHEST_FEE)
    fee_cap = Money(needed=False)
    understood = YesNo(needed=False)

    def columns(self):
        """The community's fee. Raises Invalid without the consent, or for a share without a highest amount."""
        if not self.understood.yes:
            raise Invalid(understood=_("Please say that your group knows and wants this."))
        if self.fee_percent.data and not self.fee_cap.data:
            raise Invalid(fee_cap=_("Say how much it can be at most."))
        return {"fee_percent": self.fee_percent.data, "fee_cap": self.fee_cap.data or 0}


class PayoutForm(Form):
    country = line(2)
