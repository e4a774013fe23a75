"""The history: one row an utterance, in a file that only this person can read. SQLite, with full-text search (FTS5).

The program and `aihear history` use it at the same time, each through a connection of its own (WAL).
"""

from __future__ import annotations

import contextlib
import os
import re
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from .. import database
from ..errors import AihearError
from ..types import Purpose

# pending: not worked on yet, or the program was killed; failed: something went wrong; kept: put aside, not delivered
Outcome = Literal["pending", "delivered", "failed", "kept"]

BROKEN = "history_broken"  # the code of an error: the file is none of SQLite's, or is damaged
_WAITING = "outcome != 'delivered' AND part_of IS NULL"
_CJK = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"  # written without spaces
_TABLES = """
CREATE TABLE utterance (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    purpose TEXT NOT NULL,
    seconds REAL NOT NULL DEFAULT 0,
    heard TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    doubtful INTEGER NOT NULL DEFAULT 0,
    application TEXT NOT NULL DEFAULT '',
    target TEXT NOT NULL DEFAULT '',
    method TEXT NOT NULL DEFAULT '',
    outcome TEXT NOT NULL DEFAULT 'pending',
    reason TEXT NOT NULL DEFAULT '',
    sound TEXT UNIQUE,
    part_of INTEGER
);
CREATE INDEX utterance_at ON utterance (at);
CREATE TABLE action (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    utterance INTEGER,
    at REAL NOT NULL,
    plugin TEXT NOT NULL,
    intent TEXT NOT NULL,
    did TEXT NOT NULL,
    what TEXT NOT NULL
);
CREATE INDEX action_utterance ON action (utterance);
CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'unicode61 remove_diacritics 2');
"""


# undo_until: seconds since the epoch; NULL where there is no way back
_UNDO = """
ALTER TABLE action ADD COLUMN undo_until REAL;
ALTER TABLE action ADD COLUMN undone INTEGER NOT NULL DEFAULT 0;
"""


class HistoryError(AihearError):
    """The history cannot be read or written."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One utterance.

    at: seconds since the epoch; seconds: of sound; heard: as it was transcribed; text: as it was typed
    doubtful: what was heard may not have been said
    application, target, method: where it went and how, as far as it did
    reason: why it was not delivered; sound: the name of its file, None where it is gone or was never kept
    part_of: the entry whose text holds this one's too, as they were transcribed together
    """

    id: int
    at: float
    purpose: Purpose
    seconds: float
    heard: str
    text: str
    language: str
    doubtful: bool
    application: str
    target: str
    method: str
    outcome: Outcome
    reason: str
    sound: str | None
    part_of: int | None

    @property
    def words(self) -> str:
        """What a person wants of it: the text as it was typed; as it was heard, where that did not come to its end."""
        typed = self.text if self.outcome == "delivered" else ""
        return (typed or self.heard).strip()


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a plugin did. did: typed, pressed, ran …; what: the text, the key, the command.

    undo_until: seconds since the epoch until which "undo that" takes it back; None where nothing can
    undone: that has happened
    """

    id: int
    utterance: int | None
    at: float
    plugin: str
    intent: str
    did: str
    what: str
    undo_until: float | None = None
    undone: bool = False


class History:
    """Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Raises HistoryError."""
        self.path = path
        self._lock = threading.RLock()
        with self._faults():
            self._open = database.connect(path, (_TABLES, _UNDO))

    # Writing ------------------------------------------------------------------------------------------------

    def begin(self, at: float, purpose: str, seconds: float, sound: str | None = None) -> int:
        """The row of an utterance that is not delivered yet. The same sound has the same row."""
        with self._writing() as base:
            row = base.execute("SELECT id FROM utterance WHERE sound = ?", (sound,)).fetchone() if sound else None
            if row is None:
                values = (at, purpose, seconds, sound)
                made = base.execute("INSERT INTO utterance (at, purpose, seconds, sound) VALUES (?, ?, ?, ?)", values)
                return int(made.lastrowid or 0)
            base.execute("UPDATE utterance SET seconds = ? WHERE id = ?", (seconds, row["id"]))
            return int(row["id"])

    def heard(self, number: int, text: str, language: str, doubtful: bool = False) -> None:
        """It was transcribed; before anything is done with it."""
        with self._writing() as base:
            # What an earlier attempt had typed is no part of this one.
            values = (text, language, doubtful, number)
            base.execute("UPDATE utterance SET heard = ?, language = ?, doubtful = ?, text = '' WHERE id = ?", values)
            self._index(base, number)

    def typed(self, number: int, text: str, method: str, target: str, application: str = "") -> None:
        """Adds to what was typed already."""
        with self._writing() as base:
            base.execute(
                "UPDATE utterance SET text = text || ?, method = ?, target = ?, application = ? WHERE id = ?",
                (text, method, target, application, number),
            )
            self._index(base, number)

    def end(self, number: int, outcome: Outcome, reason: str = "", parts: Sequence[int] = ()) -> None:
        """parts: the rows that were transcribed together with this one, and share its fate from now on."""
        with self._writing() as base:
            base.executemany("UPDATE utterance SET part_of = ? WHERE id = ?", [(number, part) for part in parts])
            base.execute(
                "UPDATE utterance SET outcome = ?, reason = ? WHERE id = ? OR part_of = ?",
                (outcome, reason, number, number),
            )

    def act(self, number: int | None, at: float, plugin: str, intent: str, did: str, what: str) -> int:
        """Returns the action's number."""
        with self._writing() as base:
            made = base.execute(
                "INSERT INTO action (utterance, at, plugin, intent, did, what) VALUES (?, ?, ?, ?, ?, ?)",
                (number, at, plugin, intent, did, what),
            )
            return int(made.lastrowid or 0)

    def undoable(self, actions: Sequence[int], until: float) -> None:
        """until: seconds since the epoch"""
        with self._writing() as base:
            base.executemany("UPDATE action SET undo_until = ? WHERE id = ?", [(until, number) for number in actions])

    def undone(self, actions: Sequence[int]) -> None:
        """They were taken back."""
        with self._writing() as base:
            base.executemany("UPDATE action SET undone = 1 WHERE id = ?", [(number,) for number in actions])

    def silent(self, numbers: Sequence[int]) -> None:
        """Their sound has been deleted."""
        with self._writing() as base:
            base.executemany("UPDATE utterance SET sound = NULL WHERE id = ?", [(number,) for number in numbers])

    def delete(self, numbers: Sequence[int]) -> list[str]:
        """And what was transcribed together with them. Returns the names of the sounds, which the caller deletes."""
        with self._writing() as base:
            found = [row for number in numbers for row in self._family(base, number)]
            for row in found:
                base.execute("DELETE FROM words WHERE rowid = ?", (row["id"],))
                base.execute("DELETE FROM action WHERE utterance = ?", (row["id"],))
                base.execute("DELETE FROM utterance WHERE id = ?", (row["id"],))
        if found:
            self._wipe()
        return [row["sound"] for row in found if row["sound"]]

    def delete_actions(self, before: float | None = None) -> None:
        """Those that belong to no utterance, as an alarm's. before: seconds since the epoch; None is all."""
        with self._writing() as base:
            base.execute("DELETE FROM action WHERE utterance IS NULL AND (? IS NULL OR at < ?)", (before, before))

    def _family(self, base: sqlite3.Connection, number: int) -> list[sqlite3.Row]:
        return base.execute("SELECT id, sound FROM utterance WHERE id = ? OR part_of = ?", (number, number)).fetchall()

    def _index(self, base: sqlite3.Connection, number: int) -> None:
        row = base.execute("SELECT heard, text FROM utterance WHERE id = ?", (number,)).fetchone()
        base.execute("DELETE FROM words WHERE rowid = ?", (number,))
        if row is not None:
            words = _apart(f"{row['heard']} {row['text']}")
            base.execute("INSERT INTO words (rowid, text) VALUES (?, ?)", (number, words))

    def _wipe(self) -> None:
        """What was deleted is overwritten in the file: the index would keep its words until it is merged."""
        with contextlib.suppress(HistoryError):  # another connection reads just now: the next deletion does it
            with self._writing() as base:
                base.execute("INSERT INTO words (words) VALUES ('optimize')")
            with self._lock, self._faults():
                self._open.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    # Reading ------------------------------------------------------------------------------------------------

    def entry(self, number: int) -> Entry | None:
        rows = self._read("SELECT * FROM utterance WHERE id = ?", (number,))
        return Entry(**rows[0]) if rows else None

    def entries(self, search: str = "", waiting: bool = False, limit: int = -1) -> list[Entry]:
        """The newest first. search: words that all stand in it, or beginnings of words; waiting: not delivered yet."""
        conditions, values = ["part_of IS NULL"], []
        if search.strip():
            conditions.append("id IN (SELECT rowid FROM words WHERE words MATCH ?)")
            values.append(_query(search))
        if waiting:
            conditions.append(_WAITING)
        order = "ORDER BY at DESC, id DESC LIMIT ?"
        rows = self._read(f"SELECT * FROM utterance WHERE {' AND '.join(conditions)} {order}", (*values, limit))
        return [Entry(**row) for row in rows]

    def older(self, before: float, outcome: str = "") -> list[Entry]:
        """Parts included. before: seconds since the epoch"""
        rows = self._read(
            "SELECT * FROM utterance WHERE at < ? AND (? = '' OR outcome = ?)", (before, outcome, outcome)
        )
        return [Entry(**row) for row in rows]

    def actions(self, number: int | None = None, limit: int = -1) -> list[Action]:
        """The newest first. number: of the utterance that led to them; None is of all."""
        rows = self._read(
            "SELECT * FROM action WHERE ? IS NULL OR utterance = ? ORDER BY at DESC, id DESC LIMIT ?",
            (number, number, limit),
        )
        return [Action(**(row | {"undone": bool(row["undone"])})) for row in rows]

    def waiting(self) -> int:
        """How many have not been delivered."""
        return int(self._read(f"SELECT count(*) AS count FROM utterance WHERE {_WAITING}")[0]["count"])

    def sounds(self) -> set[str]:
        """The names of all sounds that a row belongs to."""
        return {row["sound"] for row in self._read("SELECT sound FROM utterance WHERE sound IS NOT NULL")}

    def parts(self, number: int) -> list[Entry]:
        """Those whose text stands in that one's."""
        rows = self._read("SELECT * FROM utterance WHERE part_of = ? ORDER BY at, id", (number,))
        return [Entry(**row) for row in rows]

    def close(self) -> None:
        with self._lock, self._faults():
            self._open.close()

    # The file -----------------------------------------------------------------------------------------------

    def _read(self, question: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        with self._lock, self._faults():
            return [dict(row) for row in self._open.execute(question, values)]

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, which happens whole or not at all, whenever the program is killed."""
        with self._lock, self._faults(), database.transaction(self._open) as base:
            yield base

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            code = BROKEN if type(error) is sqlite3.DatabaseError else "history"  # its subclasses are other faults
            hint = "`aihear run` puts the file aside and begins a new one" if code == BROKEN else "check the disk"
            raise HistoryError(f"the history {self.path} cannot be used: {error}", code, hint) from error


def set_aside(path: Path) -> Path:
    """A broken file: it is kept under another name, which is returned. Raises OSError."""
    aside = path.with_name(f"{path.name}.corrupt")
    os.replace(path, aside)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return aside


def _apart(text: str) -> str:
    """Characters of languages without spaces, each as a word: the tokenizer takes a run of them for one."""
    return re.sub(f"([{_CJK}])", r" \1 ", text)


def _query(search: str) -> str:
    """FTS5's language, in which every word is quoted: all of them, each the beginning of a word."""
    phrases = (" ".join(_apart(word).split()).replace('"', '""') for word in search.split())
    return " ".join(f'"{phrase}" *' for phrase in phrases)
