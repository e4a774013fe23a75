"""`aihear practise` as a process: the fields that other programs read, and what goes wrong in a person's hands."""

import json
import re
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
    assert set(scores) == {
        "accuracy", "fluency", "completeness", "prosody", "total", "words", "insertions", "method", "steps"
    }  # fmt: skip
    assert scores["method"] == "phones"
    assert [word["text"] for word in scores["words"]] == TEXT.rstrip(".").split()
    assert {word["error"] for word in scores["words"]} <= {"none", "mispronunciation"}
    assert scores["completeness"] == 100
    for name in ("accuracy", "fluency", "prosody", "total"):
        assert 0 < scores[name] <= 100
    for word in scores["words"]:
        assert set(word) == {"text", "accuracy", "error", "start", "end", "stress", "phones"}
        assert set(word["stress"]) == {"expected", "heard", "accuracy", "confidence"}
        assert all(set(phone) == {"phone", "accuracy", "heard", "start", "end"} for phone in word["phones"])
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
    assert "words said 100 %" in out
    assert "prosody" in out
    code, out, _ = practise(TEXT, "--audio", folder / "silence.wav")
    assert (code, out.count("\n")) == (0, 1)


def test_sounds_of_the_caller_are_the_ones_judged(folder: Path) -> None:
    phones = "DH AH0 | W EH1 DH ER0 | IH0 N | L AH1 N D AH0 N | IH1 Z | G UH1 D | T AH0 D EY1"
    scores = result(TEXT, "--audio", folder / "said.wav", "--phones", phones)
    assert [[each["phone"] for each in word["phones"]] for word in scores["words"]] == [
        word.split() for word in phones.split(" | ")
    ]
    code, _, err = practise(TEXT, "--audio", folder / "said.wav", "--phones", "DH AH0 | W EH1")
    assert code == 2
    assert "2 words for a text of 7" in err
    code, _, err = practise("day", "--audio", folder / "said.wav", "--phones", "D EX1")
    assert code == 2
    assert "EX1" in err


def test_a_french_recording_with_its_transcript(folder: Path, tmp_path: Path) -> None:
    """The starter hears no French: what was said is known, and no recogniser is asked."""
    said, wanted = "Ma mère a bu un vert de poisson.", "Ma maire a bu un verre de poison."
    rigs.write_wav(folder / "french.wav", rigs.join(0.3, rigs.speech(said, "espeak:fr-fr"), 0.3))
    given = (wanted, "--language", "fr", "--audio", folder / "french.wav", "--heard", said)
    scores = result(*given)
    assert scores["method"] == "words"
    assert (scores["prosody"], {word["stress"] for word in scores["words"]}) == (None, {None})
    assert [word["text"] for word in scores["words"] if word["error"] != "none"] == ["poison"]
    assert scores["words"][-1]["differences"] == [{"wanted": "z", "heard": "s"}]
    code, out, _ = practise(*given, "--report", tmp_path / "page.html")
    assert code == 0
    assert "s for z" in out
    assert "coarse" in out
    assert "The transcript that was given" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_german_text_is_judged_by_words(folder: Path) -> None:
    rigs.write_wav(folder / "german.wav", rigs.join(0.3, rigs.speech("Das ist ein Test.", "espeak:de"), 0.3))
    scores = result("Das ist ein Test.", "--audio", folder / "german.wav")
    assert scores["method"] == "words"
    assert scores["prosody"] is None
    assert {word["stress"] for word in scores["words"]} == {None}


def test_page_with_the_learners_and_the_model_voice(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    scores = result(TEXT, "--audio", folder / "said.wav", "--report", page)
    text = page.read_text(encoding="utf-8")
    assert len(text) < 1_000_000
    players = set(re.findall(r'<audio id="([^"]+)"', text))
    numbers = range(len(scores["words"]))
    assert players == {f"{whose}-1-{number}" for whose in ("you", "model") for number in numbers}
    melodies = re.findall(r'<path class="(learner|model)" d="M', text)
    assert {"learner", "model"} <= set(melodies)
    for word in scores["words"]:
        assert f">{word['text']}<" in text


def test_picture(folder: Path, tmp_path: Path) -> None:
    sizes = []
    for name, audio in (("said.png", "said.wav"), ("refused.PNG", "silence.wav")):
        code, _, err = practise(TEXT, "--audio", folder / audio, "--report", tmp_path / name)
        assert code == 0, err
        picture = (tmp_path / name).read_bytes()
        assert picture.startswith(b"\x89PNG")
        sizes.append(len(picture))
    assert sizes[0] > 2 * sizes[1] > 4000


def test_page_of_a_batch(folder: Path, tmp_path: Path) -> None:
    names = ("said.wav", "other.wav", "silence.wav", "text.wav", "empty.wav", "gone.wav")
    lines = [{"utt": f"take {n}", "audio": str(folder / name), "text": TEXT} for n, name in enumerate(names)]
    (tmp_path / "all.jsonl").write_text("\n".join(map(json.dumps, lines)))
    code, out, _ = practise("--batch", tmp_path / "all.jsonl", "--report", tmp_path / "all.html")
    assert (code, out.count("\n")) == (3, len(names))
    text = (tmp_path / "all.html").read_text(encoding="utf-8")
    assert text.count("<article") == len(names)
    assert "1 scored, 5 refused" in text
    assert text.count("cannot be read") >= 2
    assert "I heard nothing" in text
    assert text.count('aria-label="Your whole attempt"') == 3


def test_page_in_a_language_without_sounds(folder: Path, tmp_path: Path) -> None:
    said = rigs.join(0.3, rigs.speech("Wie spät ist es?", "espeak:de"), 0.3)
    rigs.write_wav(folder / "spaet.wav", said)
    scores = result("Wie spät ist es?", "--audio", folder / "spaet.wav", "--report", tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "spät" in text
    if "refused" not in scores:
        assert 'aria-label="The model voice"' in text


def test_page_without_a_voice_says_so_and_is_written(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    code, out, err = practise(
        TEXT, "--audio", folder / "said.wav", "--report", page, "--set", 'speaking.voice="no such voice"'
    )
    assert code == 0, err
    assert "words said 100 %" in out
    assert err.count("no model voice") == 1
    assert "The model voice" not in page.read_text(encoding="utf-8")


def test_batch_gives_a_line_each_with_paths_beside_the_batch(folder: Path) -> None:
    lines = [{"audio": "said.wav", "text": TEXT, "extra": 1}, {"audio": "silence.wav", "text": TEXT}]
    (folder / "batch.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    code, out, err = practise("--batch", folder / "batch.jsonl")
    assert code == 0, err
    first, second = map(json.loads, out.splitlines())
    assert (first["audio"], first["text"], first["completeness"]) == ("said.wav", TEXT, 100)
    assert second["refused"]


def test_batch_with_names_and_sounds(folder: Path) -> None:
    words = [{"text": "GOOD", "phones": ["G", "UH0", "D"]}, {"text": "TODAY", "phones": ["T", "AH", "D", "EY1"]}]
    rigs.write_wav(folder / "good.wav", rigs.join(0.3, rigs.speech("good today"), 0.3))
    line = {"utt": "0001", "audio": str(folder / "good.wav"), "text": "GOOD TODAY", "words": words, "speaker": "x"}
    (folder / "named.jsonl").write_text(json.dumps(line))
    code, out, err = practise("--batch", folder / "named.jsonl")
    assert code == 0, err
    scores = json.loads(out)
    assert scores["utt"] == "0001"
    assert [word["text"] for word in scores["words"]] == ["GOOD", "TODAY"]
    assert [[each["phone"] for each in word["phones"]] for word in scores["words"]] == [
        ["G", "UH0", "D"], ["T", "AH", "D", "EY1"]
    ]  # fmt: skip


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
        ('{"audio": "said.wav", "text": "hello", "words": [{"text": "hello", "phones": ["QQ"]}]}', "QQ"),
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
    code, _, err = practise(TEXT, "--audio", folder / "said.wav", "--report", tmp_path / "page.pdf")
    assert code == 2
    assert ".png" in err
    (tmp_path / "folder.html").mkdir()
    code, _, err = practise(TEXT, "--audio", folder / "said.wav", "--report", tmp_path / "folder.html")
    assert code == 2
    assert "cannot be written" in err


def test_without_a_microphone(home: Path) -> None:
    code, out, err = practise(TEXT)
    assert (code, out) == (3, "")
    assert "hint:" in err
