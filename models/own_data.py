"""What becomes of data about people: the export of one's own, the end of an account, and what is past its time.

All of it is read from what the tables declare, see `keeping.py`.
"""

import csv
import functools
import io
import json
import operator
import zipfile
from dataclasses import asdict, is_dataclass

from peewee import ForeignKeyField

import models

from .actions import Action
from .base import db, with_related
from .claims import BOUND, WAITING, Claim
from .community import Policy
from .events import Event, Notice
from .heartbeat import Heartbeat
from .i18n import _
from .keeping import emptied, leads_to
from .members import Member
from .pledges import Pledge
from .reports import Report
from .search import ReferralText
from .visibility import A_MEMBER, may_know_event, may_know_notice, names_helper

KNOWN = {Event: may_know_event, Notice: may_know_notice}

BATCH = 200  # So many rows at a time are deleted or read: nobody waits for long.


# What keeps an account from ending


def open_matter(member):
    """Returns a sentence that says what has to be settled before the account can end; None where nothing has."""
    mine = (Claim.helper == member) | (Claim.seeker == member)
    if Pledge.select().join(Claim).where(mine, Pledge.open_ones()).exists():
        return _("Money is still promised or on its way. The account ends once that is settled.")
    if Claim.select().where(mine, Claim.state.in_(("reported", "disputed", "hired"))).exists():
        return _("A hire is not settled yet. The account ends once it is.")
    reports = Report.select().where(Report.state == "open")
    about = (Report.by == member) | (Report.member == member) | Report.claim.in_(Claim.select(Claim.id).where(mine))
    if reports.where(about).exists():
        return _("A report waits for an organizer. The account ends once it is answered.")
    if Action.select().where(Action.member == member, Action.state == "appealed").exists():
        return _("An appeal waits for an organizer. The account ends once it is heard.")
    return None


def end_what_is_open(member):
    """Claims that nobody was hired by end without a fee, and postings are withdrawn."""
    mine = (Claim.helper == member) | (Claim.seeker == member)
    for claim in list(Claim.select().where(mine, Claim.state.in_((*WAITING, *BOUND)))):
        claim.end_without_fee()
    for referral in list(member.referrals):
        if referral.can("withdraw", member):
            referral.withdraw(member)


# The end of an account


def forget(member):
    """Rows that go with the account are deleted; of the others every column that is theirs is emptied."""
    for table in models.TABLES:
        for way in table.kept.goes_with:
            table.delete().where(leads_to(table, way, member)).execute()
    for table in models.TABLES:
        for way, names in table.kept.emptied.items():
            columns = {name: emptied(table._meta.fields[name]) for name in names}
            table.update(columns).where(leads_to(table, way, member)).execute()
    tidy_search()


def tidy_search():
    """What was taken out of the index of the search is no longer in its file either."""
    name = ReferralText._meta.table_name
    db.execute_sql(f'INSERT INTO "{name}" ("{name}") VALUES (?)', ("optimize",))


# What is past its time


def purge():
    """Deletes or empties all that is past the time that its table declares, a few rows at a time.

    Returns how many rows that were; none while the clocks stand still.
    """
    policy = Policy.current()
    if policy is None or Heartbeat.clocks_stand():
        return 0
    done = sum(_purge(table, policy) for table in models.TABLES if table.kept.until.past)
    for claim in list(Claim.to_warn(policy.thread_days).limit(BATCH)):
        claim.warn()
    for claim in list(Claim.past_words().limit(BATCH)):
        claim.let_words_go()
        done += 1
    return done


def _purge(table, policy):
    until, key, done = table.kept.until, table._meta.primary_key, 0
    past = until.past(until.days_by(policy))
    while ids := [row[0] for row in table.select(key).where(past).limit(BATCH).tuples()]:
        with db.atomic():
            if until.empties:
                columns = {name: emptied(table._meta.fields[name]) for name in until.empties}
                done += table.update(columns).where(key.in_(ids), past).execute()
            else:
                done += table.delete().where(key.in_(ids), past).execute()
        if len(ids) < BATCH:
            break
    if done and table is ReferralText:
        tidy_search()
    return done


# One's own, to take along


def export(member, file):
    """Writes an archive of all that is the member's, or that they may see in what they took part in.

    `file` is open for writing, and can be sought. There is one file of JSON with all tables, and one of CSV for each.
    """
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", _("Everything that this site keeps of you, as tables. Times are in UTC.") + "\n")
        with _text(archive, "golem.json") as out:
            out.write("{")
            for number, table in enumerate(_tables()):
                out.write(("," if number else "") + f"\n{json.dumps(table._meta.table_name)}: [")
                for place, row in enumerate(own_rows(table, member)):
                    line = json.dumps(row, ensure_ascii=False, default=str)
                    out.write(("," if place else "") + "\n" + line)
                out.write("]")
            out.write("\n}\n")
        for table in _tables():
            with _text(archive, f"{table._meta.table_name}.csv") as out:
                writer = csv.writer(out)
                writer.writerow(columns_of(table))
                for row in own_rows(table, member):
                    writer.writerow([harmless(_cell(value)) for value in row.values()])


def _text(archive, name):
    return io.TextIOWrapper(archive.open(name, "w"), encoding="utf-8", newline="")


def _tables():
    return [table for table in models.TABLES if table.kept.whose]


def columns_of(table):
    """The columns of the table that are in somebody's own export, in their order in the table; its key first."""
    kept = table.kept
    left_out = {*kept.internal, *kept.secret, "version"}
    return [field.name for field in table._meta.sorted_fields if field.name not in left_out]


def own_rows(table, member):
    """Yields the rows of the table that are the member's, as dictionaries, oldest first.

    Members in them have their name, as far as this one may read it. What is private to somebody else in the row is
    empty. What happened, and what they were told, about a posting that is hidden from them by now is left out.
    """
    key, kept = table._meta.primary_key, table.kept
    mine = functools.reduce(operator.or_, (leads_to(table, way, member) for way in kept.whose))
    if table in KNOWN:
        mine &= KNOWN[table](member)
    hidden = [
        (names, {row[0] for row in table.select(key).where(mine, ~leads_to(table, way, member)).tuples()})
        for way, names in kept.private.items()
        if way not in kept.whose or len(kept.whose) > 1
    ]
    last = None
    while rows := list(_page(table, key, mine, last)):
        names, unnamed = _names(table, rows), _unnamed(table, rows, member)
        for row in rows:
            known = {**names, unnamed.get(row._pk): _(A_MEMBER)}
            own = {name: _value(table, row, name, known) for name in columns_of(table)}
            for private, others in hidden:
                if row._pk in others:
                    own.update(dict.fromkeys(private))
            yield own
        last = rows[-1]._pk


def _page(table, key, mine, last):
    found = table.select().where(mine).order_by(key).limit(BATCH)
    return found if last is None else found.where(key > last)


def _names(table, rows):
    """The names of the members whom these rows refer to, by id: one statement."""
    keys = [field for field in table._meta.sorted_fields if getattr(field, "rel_model", None) is Member]
    ids = {row.__data__[key.name] for row in rows for key in keys} - {None}
    return dict(Member.select(Member.id, Member.name).where(Member.id.in_(ids)).tuples()) if ids else {}


def _unnamed(table, rows, member):
    """Which helper a row must not name to this member, by the keys of the rows: two statements."""
    with_related(rows, "claim")
    about = {row._pk: row if table is Claim else row.__rel__.get("claim", row) for row in rows}
    with_related(about.values(), "referral")
    found = {}
    for row in rows:
        record = about[row._pk]
        if not isinstance(record, Claim):
            record = record.__rel__.get("referral")
        if record and not names_helper(record, member):
            found[row._pk] = record.helper_id
    return found


def _value(table, row, name, names):
    field, value = table._meta.fields[name], row.__data__.get(name)
    if isinstance(field, ForeignKeyField) and field.rel_model is Member:
        return names.get(value)
    return asdict(value) if is_dataclass(value) else value


def _cell(value):
    return json.dumps(value, ensure_ascii=False, default=str) if isinstance(value, list | dict) else value


def harmless(cell):
    """The cell of a CSV file; text that a spreadsheet would take for a formula stays text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" else cell
