"""Every table, every rule about it, every query. Knows no web, no mail, no payments."""

from .actions import FOR_A_TIME, LADDER, RULES, Action
from .base import Base, Invalid, NotYours, Refused, db, in_days, now
from .blocks import Block
from .claims import (
    ACQUAINTANCES,
    DECISIONS,
    ENDED,
    OUTCOMES,
    Claim,
    ClaimItem,
    Mark,
    Message,
)
from .clocks import sweep
from .community import (
    HELP_CLASSES,
    HIRED_MEANS,
    PRICED_CLASSES,
    Community,
    Policy,
    end_of,
    today,
)
from .desk import ACTS, LOGGED, Hold, Report, log, queue
from .employers import FINE, GIFTS_ONLY, NO_POSTINGS, Contact, Employer
from .events import HISTORY, LONGEST_REASON, TELLS, Event, Notice, Record
from .insight import SMALLEST_GROUP, months
from .ledger import Attempt, Entry, Statement, Webhook
from .members import SESSION_DAYS, SHORTEST_PASSWORD, Invitation, Link, Member, Session
from .merchant import HIGHEST_FEE, Merchant, PayoutAccount
from .pledges import REST_DAYS, Pledge
from .referrals import (
    INDUSTRIES,
    INSIDE_HELP,
    PERIODS,
    Duties,
    HelpItem,
    Referral,
    ReferralText,
)
from .till import Till
from .words import N_, _, languages, ngettext, plural, speak, spoken

TABLES = [
    Community, Member, Session, Link, Policy, Referral, HelpItem, Duties, ReferralText,
    Claim, ClaimItem, Mark, Message, Pledge, Event, Notice,
    Invitation, Action, Report, Hold, Employer, Block, Contact,
    Merchant, PayoutAccount, Attempt, Entry, Webhook,
]  # fmt: skip
