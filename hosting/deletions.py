"""Accounts that were deleted, in a file beside the database: an older copy that is put back has them once more.

`data/deletions` has a line for each: the id of the member, when they joined, and when they were found to be deleted, in
UTC, parted by blanks. It names nobody. `note` adds what the database knows and the file does not, so that nothing is
missing even if the process died in between; `repeat` is for whoever has put back an older database.
"""

from datetime import datetime

from models import Member, Policy, SignIn, now

NAME = "deletions"


def note(data):
    """Adds every account that is deleted in the database and not in the file of this data folder yet."""
    path = data / NAME
    known = {line.split()[0] for line in _lines(path)}
    former = Member.select(Member.id, Member.joined_at).where(Member.state == "former").order_by(Member.id).tuples()
    new = [f"{id} {joined_at.isoformat()} {now().isoformat()}\n" for id, joined_at in former if str(id) not in known]
    if new:
        path.touch(mode=0o600)
        with path.open("a", encoding="utf-8") as file:
            file.writelines(new)


def repeat(data):
    """Ends every account of this database that the file says was deleted. Returns how many there were.

    They end as soon as nothing is open about them, which the next sweep finds out. Nobody is signed in to them then.
    """
    if Policy.current() is None:
        return 0
    ended = 0
    for line in _lines(data / NAME):
        id, joined_at, _noted_at = line.split()
        mine = (Member.id == int(id)) & (Member.joined_at == datetime.fromisoformat(joined_at))
        count = Member.update(due=now()).where(mine, Member.state != "former").execute()
        if count:
            SignIn.delete().where(SignIn.member == int(id)).execute()
        ended += count
    return ended


def _lines(path):
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
