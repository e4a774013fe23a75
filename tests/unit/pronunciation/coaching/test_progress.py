"""What was practised is kept, by sound and by text, for this person only, and comes back when it is due."""

import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from aihear_voice.pronunciation.coaching.progress import (
    Attempt,
    Progress,
    ProgressError,
    SoundScore,
    item,
    open_progress,
    reviewed,
)

DAY = 86_400.0
MONDAY = 1_900_000_000.0


def attempt(at: float = MONDAY, text: str = "thank you", score: float | None = 60.0, **sounds: float) -> Attempt:
    return Attempt(at, "en", text, score, tuple(SoundScore(name, value) for name, value in sounds.items()))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "practice.db"


def test_sounds_over_time_survive_a_restart(path: Path) -> None:
    first = Progress(path)
    first.record(attempt(MONDAY, TH=40, T=90), {item("sound", "en", "TH"): "again"})
    first.record(attempt(MONDAY + DAY, TH=70), {item("sound", "en", "TH"): "good"})
    first.close()
    again = Progress(path)
    assert again.count() == 2
    one, two = again.sounds("en")
    assert (one.phone, one.points, one.due) == ("T", ((MONDAY, 90.0),), None)
    assert (two.phone, two.points) == ("TH", ((MONDAY, 40.0), (MONDAY + DAY, 70.0)))
    assert two.due is not None
    assert two.due > MONDAY + DAY
    assert again.sounds("de") == []


def test_texts_in_the_order_in_which_they_were_practised(path: Path) -> None:
    progress = Progress(path)
    for at, text, score in ((1.0, "a", 50.0), (2.0, "b", None), (3.0, "a", 80.0)):
        progress.record(attempt(at, text, score), {item("text", "en", text): "good"})
    b, a = progress.texts()
    assert (b.text, b.times, b.scores) == ("b", 1, ())
    assert (a.text, a.times, a.scores, a.last) == ("a", 2, (50.0, 80.0), 3.0)
    assert a.due is not None


def test_only_this_person_can_read_it_and_no_sound_is_in_it(path: Path) -> None:
    progress = Progress(path)
    progress.record(attempt(TH=40), {})
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}
    assert sum(each.stat().st_size for each in path.parent.iterdir()) < 200_000


def test_two_programs_write_at_the_same_time(path: Path) -> None:
    ours = Progress(path)
    script = (
        "import sys; from pathlib import Path; from aihear_voice.pronunciation.coaching.progress import *\n"
        "progress = Progress(Path(sys.argv[1]))\n"
        "for at in range(40): progress.record(Attempt(at, 'en', 'theirs', 50.0), {item('text', 'en', 'x'): 'good'})"
    )
    other = subprocess.Popen([sys.executable, "-c", script, str(path)])
    for at in range(40):
        ours.record(attempt(float(at), "ours"), {item("text", "en", "x"): "good"})
    assert other.wait(60) == 0
    assert ours.count() == 80


def test_an_attempt_is_kept_whole_or_not_at_all(path: Path) -> None:
    progress = Progress(path)
    with pytest.raises(KeyError):
        progress.record(attempt(TH=40), {item("sound", "en", "TH"): "splendid"})  # type: ignore[dict-item]
    assert progress.count() == 0
    assert progress.sounds() == []


def test_it_can_all_be_deleted_and_is_overwritten(path: Path) -> None:
    progress = Progress(path)
    progress.record(attempt(text="my secret sentence", TH=40), {item("text", "en", "my secret sentence"): "hard"})
    assert progress.forget() == 1
    assert (progress.count(), progress.texts(), progress.sounds()) == (0, [], [])
    progress.close()
    assert b"my secret sentence" not in path.read_bytes()


def test_a_file_of_a_newer_program_and_a_broken_one_are_told(path: Path) -> None:
    Progress(path).close()
    with sqlite3.connect(path) as base:
        base.execute("PRAGMA user_version = 99")
    with pytest.raises(ProgressError, match="newer"):
        Progress(path)
    path.write_text("this is no database " * 100)
    with pytest.raises(ProgressError):
        Progress(path)


def test_nothing_is_written_where_nothing_may_be_kept(home: Path) -> None:
    open_progress(kept=False).record(attempt(TH=40), {})
    assert list(home.rglob("*.db")) == []
    open_progress().record(attempt(TH=40), {})
    assert [each.name for each in home.rglob("*.db")] == ["practice.db"]


def test_what_went_badly_comes_back_within_minutes_and_what_went_well_after_days() -> None:
    _, soon = reviewed(None, "again", MONDAY)
    assert soon - MONDAY < 600
    state, _ = reviewed(None, "easy", MONDAY)
    _, first = reviewed(None, "easy", MONDAY)
    assert first - MONDAY > DAY
    _, second = reviewed(state, "easy", first)
    assert second - first > first - MONDAY, "each time later"
    assert reviewed(state, "good", first) == reviewed(state, "good", first), "the same practice gives the same dates"
