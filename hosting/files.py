"""Files that are there whole or not at all, whenever the process dies, and that only their owner can read."""

import os
from contextlib import contextmanager, suppress


def write_safely(path, data):
    """Writes these bytes under a temporary name, syncs them, and gives them their name."""
    with beside(path) as (_temporary, file):
        file.write(data)


@contextmanager
def beside(path):
    """A file to be written, under a temporary name beside `path`; it takes that name once all of it is on the disk.

    Yields the temporary path and the open file. Where something is raised within, nothing is left of it.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield temporary, file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync(path.parent)


def sync(path):
    """What was written to the file, or renamed and removed in the folder, stays so when the power fails."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
