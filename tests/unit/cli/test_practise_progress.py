"""`aihear practise --progress`: what a learner reads of their sounds, and what other programs read."""

import json
import time
from contextlib import closing
from pathlib import Path

import pytest

from aihear_voice import cli, paths, settings
from aihear_voice.cli.practise_progress import bars, keep
from aihear_voice.pronunciation.coaching.progress import Attempt, SoundScore, item, open_progress
from aihear_voice.pronunciation.results import PhoneScore, Report, Step, WordScore

DAY = 86_400.0


@pytest.fixture
def practised(home: Path) -> None:
    with closing(open_progress()) as progress:
        for day, score in enumerate((30.0, 45.0, 60.0, 75.0)):
            sounds = (SoundScore("TH", score, "S"), SoundScore("T", 95.0))
            attempt = Attempt(time.time() - (9 - day) * DAY, "en", "thank you", score, sounds)
            marks = {item("sound", "en", "TH"): "again", item("text", "en", "thank you"): "easy"}
            progress.record(attempt, marks)


def test_without_practice_there_is_a_hint_and_no_file(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["practise", "--progress"]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 2
    assert "check my pronunciation" in told.err
    assert not paths.state("practice.db").exists()
    assert cli.main(["practise", "--progress", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"attempts": 0, "sounds": [], "texts": [], "weak": []}


@pytest.mark.usefixtures("practised")
def test_by_sound_over_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["practise", "--progress"]) == 0
    lines = capsys.readouterr().out.splitlines()
    weakest = next(line for line in lines if line.startswith("TH"))
    for shown in ("“th” of “think”", " 4 ", " 30 ", " 75 ", "+30", bars([30, 45, 60, 75]), "now"):
        assert shown in weakest
    assert lines.index(weakest) < next(n for n, line in enumerate(lines) if line.startswith("T  "))
    assert any(line.startswith("thank you") for line in lines)


@pytest.mark.usefixtures("practised")
def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["practise", "--progress", "--json"]) == 0
    progress = json.loads(capsys.readouterr().out)
    assert (progress["attempts"], progress["weak"]) == (4, ["TH"])
    sound = progress["sounds"][0]
    assert (sound["phone"], sound["attempts"], sound["first"], sound["last"]) == ("TH", 4, 30.0, 75.0)
    assert (sound["trend"], sound["heard"]) == (30.0, "S")
    assert [point["score"] for point in sound["points"]] == [30.0, 45.0, 60.0, 75.0]
    assert sound["due"] < progress["texts"][0]["due"]


@pytest.mark.usefixtures("practised")
def test_it_can_be_deleted(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["practise", "--forget"]) == 0
    assert capsys.readouterr().out == "4 attempts deleted\n"
    assert cli.main(["practise", "--progress", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["attempts"] == 0
    assert cli.main(["practise", "--forget"]) == 0


def test_a_text_and_progress_at_once_is_no_use(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["practise", "hello", "--progress"]) == 2
    assert "hint" in capsys.readouterr().err


def test_a_row_of_bars() -> None:
    assert bars([0, 50, 100]) == "▁▅█"
    assert bars([]) == ""


@pytest.mark.parametrize("wanted", [True, False])
def test_an_attempt_at_the_microphone_counts_unless_nothing_is_to_be_kept(home: Path, wanted: bool) -> None:
    word = WordScore("so", 80.0, "none", 0.0, 1.0, phones=(PhoneScore("S", 90.0, "S"), PhoneScore("OW1", 70.0, None)))
    steps = {"total": Step("well")}
    report = Report("so", "", 80.0, 80.0, 100.0, 80.0, 80.0, (word,), (), steps, "phones")
    keep(report, "", settings.load([f"plugin.pronunciation.history={str(wanted).lower()}"]))
    assert paths.state("practice.db").exists() == wanted
    with closing(open_progress()) as progress:
        assert [(sound.language, sound.phone) for sound in progress.sounds()] == (
            [("en", "OW"), ("en", "S")] if wanted else []
        )
