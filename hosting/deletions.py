"""Accounts that were deleted, in a file beside the database: an older copy that is put back has them once more.

`data/deletions` has a line for each: the id of the member, when they joined, and when they were found to be deleted, in
UTC, parted by blanks. It names nobody. `note` adds what the database knows and the file does not, so that nothing is
missing even if the process died in between; `repeat` is for whoever has put back an older database.
"""

from datetime import datetime

from models import Member, Policy, SignIn, now

from .files import write_safely

NAME = "deletions"


def note(data):
    """Adds every account that is deleted in the database and not in the file of this data folder yet."""
    path = data / NAME
    known = {account_of(line) for line in whole_lines(path)}
    former = Member.select(Member.id, Member.joined_at).where(Member.state == "former").order_by(Member.id).tuples()
    missing = [account for account in former if account not in known]
    new = [f"{id} {joined_at.isoformat()} {now().isoformat()}\n" for id, joined_at in missing]
    if new:
        write_safely(path, "".join([*whole_lines(path), *new]).encode())


def repeat(data):
    """Ends every account of this database that the file says was deleted. Returns how many there were.

    They end as soon as nothing is open about them, which the next sweep finds out. Nobody is signed in to them then.
    Their time lies so far back that it is over also where the days lost since the copy are given back.
    """
    if Policy.current() is None:
        return 0
    ended = 0
    for id, joined_at in map(account_of, whole_lines(data / NAME)):
        mine = (Member.id == id) & (Member.joined_at == joined_at)
        count = Member.update(due=Member.joined_at).where(mine, Member.state != "former").execute()
        if count:
            SignIn.delete().where(SignIn.member == id).execute()
        ended += count
    return ended


def whole_lines(path):
    """The lines of such a list, if it is there, but for what is none: a full disk cuts one short."""
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return [f"{line}\n" for line in text.splitlines() if account_of(line)]


def account_of(line):
    """The id of the account and when its member joined; None where this is no such line."""
    try:
        id, joined_at, _noted_at = line.split()
        return int(id), datetime.fromisoformat(joined_at)
    except ValueError:
        return None
