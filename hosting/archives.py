"""One archive of everything: the database, the key, the settings that are no secret, and a manifest."""

import hashlib
import io
import json
import shutil
import sqlite3
import tarfile
import tomllib
import zlib
from contextlib import closing
from pathlib import Path

from models import clock

from .files import beside
from .state import faults, whole

FORMAT = 1
DATABASE, KEY, SETTINGS, DELETIONS, MANIFEST = "golem.db", "key", "settings.json", "deletions", "manifest.json"
SMALL = (KEY, SETTINGS, DELETIONS)
PIECE = 1024 * 1024
HERE = Path(__file__).parent.parent


class BackupFailed(Exception):
    """No copy was made, or none was put back. The text is a whole sentence for whoever looks after the server."""


# Making one


def snapshot(source, copy):
    """Copies a database as it is at one moment, while others write to it. Returns what has to be in the copy.

    Raises BackupFailed where the copy is not whole.
    """
    with closing(sqlite3.connect(source, timeout=30)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")
        # The original may be marked as being served; the copy stands by itself, and is not the one that was here.
        new.execute(f"PRAGMA user_version={whole()}")
        if found := faults(new):
            raise BackupFailed(f"The copy of the database is damaged: {found[0]}.")
        return contents_of(new)


def contents_of(connection):
    """How many rows each table has, and by which migrations they were made."""
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall()
    rows = {name: connection.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for (name,) in tables}
    history = "SELECT name FROM schema_migration ORDER BY name"
    migrations = [name for (name,) in connection.execute(history)] if "schema_migration" in rows else []
    return {"rows": rows, "migrations": migrations}


def write_archive(path, database, contents, small):
    """Writes an archive of this database, which nobody else has open, and of these small files, by name."""
    files = {DATABASE: fingerprint(database), **{name: fingerprint(data) for name, data in small.items()}}
    made = {"format": FORMAT, "made_at": f"{clock():%Y-%m-%dT%H:%M:%SZ}", "version": version()}
    manifest = json.dumps({**made, **contents, "files": files}, indent=1).encode()
    with beside(path) as (_temporary, file), tarfile.open(fileobj=file, mode="w:gz", compresslevel=4) as archive:
        for name, data in {MANIFEST: manifest, **small}.items():
            _add(archive, name, len(data), io.BytesIO(data))
        with database.open("rb") as stream:
            _add(archive, DATABASE, files[DATABASE]["bytes"], stream)


def _add(archive, name, size, stream):
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, int(clock().timestamp())
    archive.addfile(member, stream)


def fingerprint(content):
    """The size and the SHA-256 of a file, or of bytes."""
    digest, size = hashlib.sha256(), 0
    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as stream:
        while piece := stream.read(PIECE):
            digest.update(piece)
            size += len(piece)
    return {"bytes": size, "sha256": digest.hexdigest()}


def version():
    return tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


# Reading one


def unpack(path, folder):
    """Unpacks an archive into an empty folder and checks all of it. Returns its manifest. Raises BackupFailed."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            members = iter(archive)
            manifest = _manifest(next(members, None), archive)
            for member in members:
                _unpack_one(archive, member, folder)
    except FileNotFoundError:
        raise BackupFailed(f"There is no file {path}.") from None
    except (tarfile.ReadError, EOFError, zlib.error) as problem:
        raise BackupFailed(f"{path} is damaged or not all there ({problem}): take another copy.") from None
    except OSError as problem:
        raise BackupFailed(f"{path} could not be unpacked: {problem.strerror or problem}.") from None
    _check(path, folder, manifest)
    return manifest


def _manifest(member, archive):
    stray = BackupFailed("This is no copy that Golem has made: it does not begin with a manifest.")
    if member is None or member.name != MANIFEST or not member.isfile():
        raise stray
    try:
        manifest = json.loads(archive.extractfile(member).read())
        newer = manifest["format"] > FORMAT or unknown_migrations(manifest["migrations"])
        manifest["files"].items(), manifest["rows"].items()
    except (ValueError, KeyError, TypeError, AttributeError):
        raise stray from None
    if newer:
        raise BackupFailed(f"This copy was made by a newer Golem ({manifest.get('version')}): update this one first.")
    return manifest


def _unpack_one(archive, member, folder):
    if member.name not in (DATABASE, *SMALL) or not member.isfile():
        raise BackupFailed(f"This is no copy that Golem has made: it holds {member.name!r}.")
    with beside(folder / member.name) as (_temporary, file):
        shutil.copyfileobj(archive.extractfile(member), file, PIECE)


def _check(path, folder, manifest):
    files = manifest["files"]
    whole = DATABASE in files and all(
        (folder / name).exists() and fingerprint(folder / name) == known for name, known in files.items()
    )
    if not whole:
        raise BackupFailed(f"{path} is damaged: what is in it is not what was put in. Take another copy.")
    check_database(folder / DATABASE, manifest)


def check_database(database, manifest=None):
    """Raises BackupFailed unless this is a whole database of Golem, with the rows that the manifest says."""
    try:
        with closing(sqlite3.connect(database)) as connection:
            found, contents = faults(connection), contents_of(connection)
    except sqlite3.DatabaseError as problem:
        raise BackupFailed(f"This database cannot be read: {problem}.") from None
    if found:
        raise BackupFailed(f"This database is damaged: {found[0]}.")
    if not contents["migrations"]:
        raise BackupFailed("This is a database, but none of Golem's.")
    if unknown_migrations(contents["migrations"]):
        raise BackupFailed("This database was made by a newer Golem: update this one first.")
    if manifest and any(manifest[name] != contents[name] for name in contents):
        raise BackupFailed("The database in the copy does not hold what the copy says: take another one.")


def unknown_migrations(names):
    """Those of these migrations that this Golem does not have: a newer one has made them."""
    return set(names) - {path.stem for path in (HERE / "migrations").glob("[0-9]*.py")}


def in_megabytes(size):
    return f"{size / 1024**2:.0f} MB"


def must_have_room(folder, size, spare):
    """Raises BackupFailed where the disk would not have `spare` bytes left after these."""
    free = shutil.disk_usage(folder).free
    if free < size + spare:
        needed = in_megabytes(size + spare)
        raise BackupFailed(f"There have to be {needed} free on the disk of {folder}, and {in_megabytes(free)} are.")
