"""The measures of the pronunciation benchmark, and a whole run on recordings made here."""

import json
from pathlib import Path

import numpy as np
import pytest

from aihear_voice.bench import pronunciation
from aihear_voice.pronunciation.scoring import training
from aihear_voice.pronunciation.text.phones import pronunciations
from tests import rigs


def test_auc() -> None:
    wrong = np.array([True, False, True, False])
    assert pronunciation._auc(np.array([0.9, 0.1, 0.8, 0.2]), wrong) == 1
    assert pronunciation._auc(np.array([0.1, 0.9, 0.2, 0.8]), wrong) == 0
    assert pronunciation._auc(np.ones(4), wrong) == 0.5


def test_the_curve_keeps_to_its_false_alarms() -> None:
    good, bad = np.linspace(0, 1, 1001), np.array([0.5, 0.985, 0.995])
    rows = {row["false_alarms"]: row["found"] for row in pronunciation._curve(good, bad, (1.0, 2.0))["curve"]}
    assert rows == {1.0: 33.3, 2.0: 66.7}


def test_nobody_is_in_two_folds() -> None:
    speakers = [str(number % 7) for number in range(40)]
    fold = training.folds(speakers, 3)
    assert set(fold) == {0, 1, 2}
    assert all(len({mine for mine, who in zip(fold, speakers, strict=True) if who == one}) == 1 for one in speakers)


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two speakers, two good and two halting readings each."""
    lines = []
    for speaker in ("slt", "rms"):
        for text in ("the weather is good", "turn on the kitchen lights"):
            for good in (True, False):
                words = text.split()
                parts = [rigs.speech(text, f"flite:{speaker}")] if good else []
                for word in words if not good else ():
                    parts += [rigs.speech(word, f"flite:{speaker}"), rigs.silence(0.7)]
                name = f"{len(lines)}.wav"
                rigs.write_wav(tmp_path / name, rigs.join(0.2, *parts, 0.2))
                mark = 9 if good else 4
                marked = [
                    {"text": word, "phones": pronunciations(word)[0], "accuracy": mark, "stress": 10 if good else 5,
                     "phones_accuracy": [2.0 if good else 0.5] * len(pronunciations(word)[0])} for word in words
                ]  # fmt: skip
                sentence = dict.fromkeys(("accuracy", "fluency", "prosodic", "total"), mark)
                line = {"utt": name, "speaker": speaker, "audio": name, "text": text, "words": marked}
                lines.append(json.dumps(line | sentence))
    (tmp_path / "scores.jsonl").write_text("\n".join(lines))
    return tmp_path


def test_shipped_tables_on_a_dataset(dataset: Path) -> None:
    done = rigs.aihear_once("bench", "pronunciation", str(dataset), "--shipped", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert (result["recordings"], result["speakers"]) == (8, 2)
    levels = {
        "phone accuracy", "word accuracy", "word stress", "sentence accuracy", "sentence fluency", "sentence prosody",
        "sentence total",
    }  # fmt: skip
    assert set(result["levels"]) == levels
    assert result["levels"]["sentence fluency"]["pcc"] > 0.5  # halting readings are heard as such


def test_tables_are_made_and_read_again(dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("sklearn")
    from aihear_voice.audio.file import decode
    from aihear_voice.pronunciation.scoring.scorer import Scorer

    monkeypatch.setattr(training, "_EPOCHS", 2)
    for options in ("_PHONE_TREES", "_UPPER_TREES", "_ODDS_TREES"):
        monkeypatch.setattr(training, options, getattr(training, options) | {"max_iter": 5, "min_samples_leaf": 2})
    data = training.examples([dataset], decode, lambda done, of: None)
    monkeypatch.setattr(training, "INNER_FOLDS", 2)
    made = training.train(data, seeds=1)
    training.write(made, tmp_path / "tables.npz")
    with np.load(tmp_path / "tables.npz", allow_pickle=False) as arrays:
        read = Scorer.read(dict(arrays))
    one, two = made.score(data[0].evidence), read.score(data[0].evidence)
    np.testing.assert_allclose(one.phones, two.phones, atol=1e-4)
    np.testing.assert_allclose(one.sentence, two.sentence, atol=1e-4)


def test_what_is_no_dataset(tmp_path: Path) -> None:
    done = rigs.aihear_once("bench", "pronunciation", str(tmp_path))
    assert done.returncode == 2
    assert "no scored dataset" in done.stderr
    assert "Traceback" not in done.stderr
