"""Every table, every rule about it, every query. Knows no web, no mail and no Stripe.

The rooms below stand in the order in which they are best read.
"""

from .base import Base, FactorNeeded, Invalid, NotYours, Refused, clock, count_each, db, in_days, now, with_related
from .i18n import N_, _, language, languages, ngettext, plural, use_language
from .text import clean_line, clean_text, fold, fold_apart, visible, words_of
from .keeping import FOR_GOOD, OF_THE_COMMUNITY, WITH_ACCOUNT, WITH_CLAIM, Kept, Until, emptied, leads_to
from .tokens import digest, new_token
from .events import HISTORY, LOGGED, NAME_DAYS, ORGANIZERS, SAID_OTHERWISE, TELLS, Event, Notice, listen
from .heartbeat import DAYS_TO_CHOOSE, Heartbeat
from .absences import LONGEST_ABSENCE
from .quotas import TooOften, lift_quotas, without_quotas
from .verbs import LONGEST_REASON, Record
from .email_addresses import clean_email, email_form
from .likeness import alike, alike_to_domain
from .mail_domains import domain_of, is_public, used_domains, within
from .passwords import SHORTEST_PASSWORD
from .names import may_be_taken_for
from .members import ADMITTED, FACTOR_DAYS, PROFILES, Member
from .assignments import ASSIGNMENT_MINUTES, Assignment
from .letters import Letter, send_letters
from .links import LINK_HOURS, SETTING_A_PASSWORD, SIGNING_IN, OneTimeLink
from .sign_ins import CONFIRMED_MINUTES, IDLE_DAYS, SIGN_IN_DAYS, PendingSignIn, SignIn
from .tries import KNOWN_DAYS, TRY_DAYS, KnownBrowser, SignInTry
from .sealing import use_key
from .factors import Authenticator, RecoveryCode, forget_factors, give_code, give_passkey, needs_factor
from .passkeys import Challenge, Party, Passkey
from .invitations import Invitation, door_closed, invitation_tree
from .handovers import HANDOVER_DAYS, Handover
from .house_rules import LONGEST_RULE, MOST_RULES, HouseRules
from .community import CLOSED_WEEKS, HELP_CLASSES, HIRED_MEANS, JOINING, PRICED_CLASSES, REVIEW, Community, Policy
from .community import day_of, end_of, morning_of, today
from .successions import GONE_DAYS, OBJECTION_DAYS, Succession
from .employers import EMPLOYER_POLICIES, FINE, GIFTS_ONLY, NO_POSTINGS, PERHAPS_PUBLIC, Employer, Inquiry, key_of
from .blocks import BLOCK_KINDS, Block
from .guests import ASK_AGAIN_DAYS, GUEST_DAYS, MOST_GUESTS, Guest, checked, read_list
from .workplaces import BY_HIRE, CHANGE_DAYS, MOST_CHANGES, WORKPLACE_DAYS, Workplace
from .hiding import HIDING_KINDS, HiddenFrom, Hiding, begin_hiding, hidden_from, renew_all_hiding, renew_hiding
from .verification import BY_ORGANIZER, CHECK_KINDS, FRESH_DAYS, VOICES, VOUCH_DAYS, Check, Verification, Vouch, hash_of
from .visibility import Sight, people_around, revealed_to, sight_of, sight_of_claim
from .visibility import hidden_claims, hidden_postings, may_know, may_know_event, may_know_notice
from .visibility import profiles_for, sees_other_side, sees_profile
from .actions import FOR_A_TIME, HEARING_DAYS, LADDER, NOT_WRITING, ON_MEMBERS, ON_POSTINGS, REPORT_REASONS, STAYING
from .actions import Action
from .banned import BannedMailbox, know_the_banned_alike, banned_alike
from .mentions import of_contacts, of_day, of_employer, of_person
from .giveaways import Giveaway, given_away, giveaways
from .edits import Change, Version
from .referrals import CONNECTIONS, INDUSTRIES, INSIDE_HELP, PERIODS, PUBLIC, UNREVIEWED_DAYS, WORK_MODES
from .referrals import Duties, HelpItem, Referral, suggested_words
from .search import ReferralText
from .terms import AgreedHelp, Terms
from .claims import ACQUAINTANCES, BOUND, DECISIONS, ENDED, FREE, OUTCOMES, THANKABLE, WAITING
from .claims import ChecklistMark, Claim, ClaimItem
from .beside import CODE_DIGITS, CONFIRM_DAYS, MOST_TRIES, Beside
from .messages import Message
from .takedowns import TakenDown
from .accounts import CROSS_BORDER, HIGHEST_FEE, PAYOUT_COUNTRIES, Merchant, PayoutAccount
from .pledges import REST_DAYS, Pledge
from .facts import StripeFacts
from .ledger import Attempt, Entry, StripeEvent
from .statements import Statement
from .reports import CONSEQUENCES, Report
from .trials import KINDS_WRITTEN, Hits, touched_by, written_for
from .stock_reasons import LONGEST_STOCK_REASON, STARTING, StockReason
from .desk import ACTS, count_to_decide, held_by_key, house_rules_of, load, log, queue, rules_of, waiting
from .quiet import QUIET, REMINDER_DAYS, Reminder
from .insight import SMALLEST_GROUP, months
from .own_data import export, forget, harmless, end_what_is_open, open_matter, purge, own_rows
from .clocks import keep_time, overdue_count, sweep
from .restored import end_all_access

TABLES = [
    Community,
    Member,
    Handover,
    Succession,
    BannedMailbox,
    Letter,
    SignIn,
    OneTimeLink,
    PendingSignIn,
    SignInTry,
    KnownBrowser,
    Authenticator,
    RecoveryCode,
    Passkey,
    Challenge,
    Workplace,
    HiddenFrom,
    Hiding,
    Verification,
    Vouch,
    Policy,
    HouseRules,
    Referral,
    HelpItem,
    Duties,
    ReferralText,
    Claim,
    ClaimItem,
    ChecklistMark,
    Beside,
    Message,
    Pledge,
    Event,
    Notice,
    Heartbeat,
    Invitation,
    Guest,
    Action,
    TakenDown,
    Report,
    Assignment,
    Reminder,
    StockReason,
    Employer,
    Block,
    Inquiry,
    Merchant,
    PayoutAccount,
    Attempt,
    Entry,
    StripeEvent,
]
