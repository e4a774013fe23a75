"""A file of SQLite's that only this person can read, which several processes use at the same time (WAL)."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

_BUSY_S = 5.0  # how long another connection's write is waited for: it takes milliseconds


def connect(path: Path, versions: Sequence[str]) -> sqlite3.Connection:
    """versions: the statements that make each version of the tables out of the one before; the last is this program's.

    Raises sqlite3.Error and OSError.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # SQLite would make it readable by others; its two files beside it take over the rights of this one.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    base = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    base.row_factory = sqlite3.Row
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = NORMAL")
    base.execute("PRAGMA secure_delete = ON")
    _bring_up(base, versions)
    return base


def in_memory(versions: Sequence[str]) -> sqlite3.Connection:
    """One that leaves no trace."""
    base = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    base.row_factory = sqlite3.Row
    _bring_up(base, versions)
    return base


def _bring_up(base: sqlite3.Connection, versions: Sequence[str]) -> None:
    version = base.execute("PRAGMA user_version").fetchone()[0]
    if version > len(versions):
        raise sqlite3.NotSupportedError("a newer aihear has written it")
    if version == len(versions):
        return
    with transaction(base):
        version = base.execute("PRAGMA user_version").fetchone()[0]  # another process may have been quicker
        for statement in filter(str.strip, ";".join(versions[version:]).split(";")):
            base.execute(statement)
        base.execute(f"PRAGMA user_version = {len(versions)}")


@contextlib.contextmanager
def transaction(base: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """It happens whole or not at all, whenever the program is killed."""
    base.execute("BEGIN IMMEDIATE")
    try:
        yield base
    except BaseException:
        base.rollback()
        raise
    base.commit()
