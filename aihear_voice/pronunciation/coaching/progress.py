"""What a learner has practised: attempts, sounds over time, and what is due when. In a file that only this person can
read; no sound is stored.

A card is something to come back to: a sound ("sound:en:TH") or a text ("text:en:ship, sheep"). FSRS tells when.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from ... import database, paths
from ...errors import AihearError

Mark = Literal["again", "hard", "good", "easy"]
SOUND, TEXT = "sound", "text"
FILE = "practice.db"  # in the folder of what survives a restart

_VERSIONS = (
    """
CREATE TABLE attempt (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    score REAL
);
CREATE TABLE sound (
    attempt INTEGER NOT NULL REFERENCES attempt (id),
    phone TEXT NOT NULL,
    score REAL NOT NULL,
    heard TEXT NOT NULL DEFAULT ''
);
CREATE INDEX sound_attempt ON sound (attempt);
CREATE TABLE card (
    item TEXT PRIMARY KEY,
    due REAL NOT NULL,
    state TEXT NOT NULL
);
""",
)


class ProgressError(AihearError):
    """What was practised cannot be read or written."""


@dataclass(frozen=True, slots=True)
class SoundScore:
    """A sound in one attempt.

    phone: as CMUdict names it, without a stress mark
    score: 0-100, the mean of its places in the text
    heard: what came out instead in one of these; "" where that was not clear, or nothing did
    """

    phone: str
    score: float
    heard: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """at: seconds since the epoch; score: 0-100, None where the whole was not scored, as of a pair of words"""

    at: float
    language: str
    text: str
    score: float | None
    sounds: tuple[SoundScore, ...] = ()


@dataclass(frozen=True, slots=True)
class SoundHistory:
    """A sound over time.

    points: (seconds since the epoch, score) of each attempt in which it was said, the oldest first
    heard: what came out instead, the latest first
    due: seconds since the epoch; None where there is no card
    """

    language: str
    phone: str
    points: tuple[tuple[float, float], ...]
    heard: tuple[str, ...] = ()
    due: float | None = None


@dataclass(frozen=True, slots=True)
class TextHistory:
    """A text over time.

    times: how often it was tried; last: seconds since the epoch
    scores: those there are, the oldest first; due: as of a sound
    """

    language: str
    text: str
    times: int
    last: float
    scores: tuple[float, ...]
    due: float | None = None


class Progress:
    """Safe to use from several threads, and by several processes."""

    def __init__(self, path: Path | None) -> None:
        """path: None is one in memory, which leaves no trace. Raises ProgressError."""
        self.path = path
        self._lock = threading.RLock()
        with self._faults():
            self._open = database.connect(path, _VERSIONS) if path else database.in_memory(_VERSIONS)

    def record(self, attempt: Attempt, marks: Mapping[str, Mark]) -> None:
        """marks: how well each card went, by its item."""
        with self._lock, self._faults(), database.transaction(self._open) as base:
            made = base.execute(
                "INSERT INTO attempt (at, language, text, score) VALUES (?, ?, ?, ?)",
                (attempt.at, attempt.language, attempt.text, attempt.score),
            )
            base.executemany(
                "INSERT INTO sound (attempt, phone, score, heard) VALUES (?, ?, ?, ?)",
                [(made.lastrowid, sound.phone, sound.score, sound.heard) for sound in attempt.sounds],
            )
            for item, mark in marks.items():
                self._review(base, item, mark, attempt.at)

    def _review(self, base: sqlite3.Connection, item: str, mark: Mark, at: float) -> None:
        row = base.execute("SELECT state FROM card WHERE item = ?", (item,)).fetchone()
        state, due = reviewed(row["state"] if row else None, mark, at)
        base.execute("INSERT OR REPLACE INTO card (item, due, state) VALUES (?, ?, ?)", (item, due, state))

    def count(self) -> int:
        """Of attempts."""
        return int(self._read("SELECT count(*) AS count FROM attempt")[0]["count"])

    def sounds(self, language: str = "") -> list[SoundHistory]:
        """By name. language: "" is all."""
        rows = self._read(
            "SELECT language, phone, at, sound.score, heard FROM sound JOIN attempt ON attempt.id = attempt "
            "WHERE ? IN ('', language) ORDER BY language, phone, at, attempt.id",
            (language,),
        )
        due = self._due()
        return [
            SoundHistory(
                of,
                phone,
                points=tuple((row["at"], row["score"]) for row in mine),
                heard=tuple(row["heard"] for row in reversed(mine) if row["heard"]),
                due=due.get(item(SOUND, of, phone)),
            )
            for (of, phone), mine in _grouped(rows, "phone")
        ]

    def texts(self, language: str = "") -> list[TextHistory]:
        """What was practised last comes last. language: "" is all."""
        rows = self._read(
            "SELECT language, text, at, score FROM attempt WHERE ? IN ('', language) ORDER BY language, text, at, id",
            (language,),
        )
        due = self._due()
        found = [
            TextHistory(
                of,
                text,
                times=len(mine),
                last=mine[-1]["at"],
                scores=tuple(row["score"] for row in mine if row["score"] is not None),
                due=due.get(item(TEXT, of, text)),
            )
            for (of, text), mine in _grouped(rows, "text")
        ]
        return sorted(found, key=lambda text: text.last)

    def forget(self) -> int:
        """Everything; it is overwritten in the file. Returns how many attempts there were."""
        count = self.count()
        with self._lock, self._faults():
            with database.transaction(self._open) as base:
                for table in ("sound", "attempt", "card"):
                    base.execute(f"DELETE FROM {table}")
            self._open.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return count

    def close(self) -> None:
        with self._lock, self._faults():
            self._open.close()

    def _due(self) -> dict[str, float]:
        return {row["item"]: row["due"] for row in self._read("SELECT item, due FROM card")}

    def _read(self, question: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        with self._lock, self._faults():
            return [dict(row) for row in self._open.execute(question, values)]

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            message = f"what was practised ({self.path}) cannot be used: {error}"
            raise ProgressError(message, "progress", "check the disk, or move the file away") from error


def open_progress(kept: bool = True) -> Progress:
    """The person's own; kept: False is one that begins empty and ends with it. Raises ProgressError."""
    return Progress(paths.state(FILE) if kept else None)


def item(kind: str, language: str, name: str) -> str:
    """Of a card."""
    return f"{kind}:{language}:{name}"


def reviewed(state: str | None, mark: Mark, at: float) -> tuple[str, float]:
    """A card's state after a review, and when it is due (seconds since the epoch). state: None is a new card."""
    from fsrs import Card, Rating, Scheduler

    ratings = {"again": Rating.Again, "hard": Rating.Hard, "good": Rating.Good, "easy": Rating.Easy}
    # Without fuzzing: few cards need no spreading, and the same practice gives the same dates.
    now = datetime.fromtimestamp(at, UTC)
    card = Card.from_dict(json.loads(state)) if state else Card(card_id=0, due=now)
    after, _ = Scheduler(enable_fuzzing=False).review_card(card, ratings[mark], now)
    return json.dumps(after.to_dict()), after.due.timestamp()


def _grouped(rows: Iterable[dict[str, Any]], name: str) -> Iterator[tuple[tuple[str, str], list[dict[str, Any]]]]:
    """By language and that."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["language"], row[name]), []).append(row)
    yield from groups.items()
