"""A file that only this person can read, and that older and newer programs meet."""

import sqlite3
import stat
from pathlib import Path

import pytest

from aihear_voice import database

FIRST = "CREATE TABLE word (text TEXT); CREATE INDEX word_text ON word (text);"
SECOND = "ALTER TABLE word ADD COLUMN count INTEGER NOT NULL DEFAULT 1;"


def test_only_this_person_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "words.db"
    base = database.connect(path, (FIRST,))
    base.execute("INSERT INTO word VALUES ('a')")
    for each in path.parent.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == 0o600, each
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_an_older_file_is_brought_up_and_keeps_what_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "words.db"
    old = database.connect(path, (FIRST,))
    old.execute("INSERT INTO word VALUES ('a')")
    old.close()
    new = database.connect(path, (FIRST, SECOND))
    assert [tuple(row) for row in new.execute("SELECT text, count FROM word")] == [("a", 1)]
    new.close()
    with pytest.raises(sqlite3.NotSupportedError):
        database.connect(path, (FIRST,))


def test_a_version_comes_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "words.db"
    database.connect(path, (FIRST,)).close()
    with pytest.raises(sqlite3.Error):
        database.connect(path, (FIRST, "CREATE TABLE other (a TEXT); CREATE TABLE word (b TEXT);"))
    base = database.connect(path, (FIRST,))
    assert [row[0] for row in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")] == ["word"]
