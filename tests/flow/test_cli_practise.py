"""`aihear practise` as a process: the fields that other programs read, and what goes wrong in a person's hands."""

import json
from pathlib import Path

import pytest

from tests import rigs

TEXT = "The weather in London is good today."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("practise")
    rigs.write_wav(made / "said.wav", rigs.join(0.3, rigs.speech(TEXT, "espeak:en-us+benjamin"), 0.3))
    rigs.write_wav(made / "other.wav", rigs.join(0.3, rigs.speech("What time is it?", "flite:slt"), 0.3))
    rigs.write_wav(made / "silence.wav", rigs.silence(2))
    rigs.write_wav(made / "noise.wav", rigs.noise(3, rms=0.05))
    rigs.write_wav(made / "long.wav", rigs.join(*[rigs.speech(TEXT)] * 15))
    (made / "empty.wav").touch()
    (made / "text.wav").write_text("this is no sound")
    return made


def practise(*arguments: object) -> tuple[int, str, str]:
    done = rigs.aihear_once("practise", *map(str, arguments))
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def result(*arguments: object) -> dict[str, object]:
    code, out, err = practise(*arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def test_json_of_a_sentence_said_well(folder: Path) -> None:
    scores = result(TEXT, "--audio", folder / "said.wav")
    assert set(scores) == {"accuracy", "fluency", "completeness", "prosody", "total", "words", "insertions"}
    assert [word["text"] for word in scores["words"]] == TEXT.rstrip(".").split()
    assert {word["error"] for word in scores["words"]} <= {"none", "mispronunciation"}
    assert scores["completeness"] == 100
    assert scores["prosody"] is None
    for name in ("accuracy", "fluency", "total"):
        assert 0 < scores[name] <= 100
    for word in scores["words"]:
        assert set(word) == {"text", "accuracy", "error", "start", "end", "stress", "phones"}
        assert word["stress"] is None
        assert word["phones"] == []
        assert 0 <= word["start"] <= word["end"] <= 4


@pytest.mark.parametrize("name", ["silence.wav", "noise.wav", "long.wav", "other.wav"])
def test_what_was_not_said_is_refused_and_not_scored(folder: Path, name: str) -> None:
    scores = result(TEXT, "--audio", folder / name)
    assert scores["refused"]
    assert {scores[key] for key in ("accuracy", "fluency", "completeness", "prosody", "total")} == {None}
    assert scores["words"] == []


def test_in_words_for_people(folder: Path) -> None:
    code, out, _ = practise(TEXT, "--audio", folder / "said.wav")
    assert code == 0
    assert out.startswith("I heard every")
    assert "100 %" in out
    code, out, _ = practise(TEXT, "--audio", folder / "silence.wav")
    assert (code, out.count("\n")) == (0, 1)


def test_page(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    code, _, _ = practise(TEXT, "--audio", folder / "said.wav", "--report", page)
    assert code == 0
    assert "London" in page.read_text(encoding="utf-8")


def test_batch_gives_a_line_each_with_paths_beside_the_batch(folder: Path) -> None:
    lines = [{"audio": "said.wav", "text": TEXT, "extra": 1}, {"audio": "silence.wav", "text": TEXT}]
    (folder / "batch.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    code, out, err = practise("--batch", folder / "batch.jsonl")
    assert code == 0, err
    first, second = map(json.loads, out.splitlines())
    assert (first["audio"], first["text"], first["completeness"]) == ("said.wav", TEXT, 100)
    assert second["refused"]


def test_batch_goes_on_after_a_recording_that_cannot_be_read(folder: Path) -> None:
    lines = [
        {"audio": "text.wav", "text": TEXT},
        {"audio": "gone.wav", "text": TEXT},
        {"audio": "said.wav", "text": TEXT},
    ]
    (folder / "broken.jsonl").write_text("\n".join(map(json.dumps, lines)))
    code, out, err = practise("--batch", folder / "broken.jsonl")
    assert code == 3
    assert "line 1" in err
    assert "line 2" in err
    assert [json.loads(line)["accuracy"] is None for line in out.splitlines()] == [True, True, False]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ('{"audio": "said.wav"}', "text"),
        ('{"audio": "said.wav", "text": 5}', "text"),
        ('{"audio": "said.wav", "text": " ... "}', "no word"),
        ("not json", "line 2"),
        ('["said.wav", "hello"]', "line 2"),
    ],
)
def test_bad_batch_line_is_named_before_anything_is_judged(folder: Path, line: str, complaint: str) -> None:
    good = json.dumps({"audio": "said.wav", "text": TEXT})
    (folder / "bad.jsonl").write_text(f"{good}\n{line}\n")
    code, out, err = practise("--batch", folder / "bad.jsonl")
    assert (code, out) == (2, "")
    assert "line 2" in err
    assert complaint in err


@pytest.mark.parametrize("name", ["gone.wav", "empty.wav", "text.wav", "."])
def test_bad_recording(folder: Path, name: str) -> None:
    code, out, err = practise(TEXT, "--audio", folder / name)
    assert (code, out) == (3, "")
    assert err.startswith("aihear: ")
    assert "hint:" in err


def test_bad_usage(folder: Path, tmp_path: Path) -> None:
    for text in ("", "  ", "...", "!?"):
        assert practise(text, "--audio", folder / "said.wav")[0] == 2
    assert practise()[0] == 2
    (tmp_path / "none.jsonl").write_text("\n")
    assert practise("--batch", tmp_path / "none.jsonl")[0] == 2
    assert practise("--batch", tmp_path / "gone.jsonl")[0] == 3
    assert practise(TEXT, "--batch", folder / "batch.jsonl")[0] == 2
    assert practise(TEXT, "--audio", folder / "said.wav", "--report", tmp_path / "no" / "page.html")[0] == 2


def test_without_a_microphone(home: Path) -> None:
    code, out, err = practise(TEXT)
    assert (code, out) == (3, "")
    assert "hint:" in err
