import json

import pytest

from aihear_voice.pronunciation.by_transcript import assess, given
from aihear_voice.pronunciation.results import Report
from aihear_voice.pronunciation.showing.report import LIMITS, finding, summary, to_dict
from aihear_voice.types import Audio, Transcript, Word
from tests import rigs


def report(target: str, heard: str, **probabilities: float) -> Report:
    words = tuple(Word(w, i * 0.3, i * 0.3 + 0.3, probabilities.get(w, 0.9)) for i, w in enumerate(heard.split()))
    sound = Audio(rigs.speech("The red car is in the garage."))
    return assess(target, Transcript(heard, "en", words, -0.2, 0.01, "test", 0.1), sound)


def test_json_fields() -> None:
    fields = json.loads(json.dumps(to_dict(report("The red car", "The car now"))))
    assert list(fields) == [
        "accuracy", "fluency", "completeness", "prosody", "total", "words", "insertions", "method", "steps"
    ]  # fmt: skip
    assert fields["prosody"] is None
    assert [set(word) for word in fields["words"]] == [
        {"text", "accuracy", "error", "start", "end", "stress", "phones", "heard", "differences", "tone"}
    ] * 3
    assert fields["words"][1] == {
        "text": "red", "accuracy": None, "error": "omission", "start": None, "end": None, "stress": None, "phones": [],
        "heard": "", "differences": [], "tone": None,
    }  # fmt: skip
    assert fields["insertions"] == [{"text": "now", "start": 0.6, "end": 0.9}]


def test_json_of_a_refusal() -> None:
    fields = to_dict(report("The red car", "What time is it"))
    assert fields["accuracy"] is None
    assert "What time is it" in fields["refused"]
    assert fields["words"] == []


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (report("the red car", "the red car"), ("all", {})),
        (report("the red car", "the car", red=0.9), ("missing", {"words": "“red”"})),
        (report("the red car", "the red car", red=0.1), ("unclear", {"word": "red"})),
        (report("the red car", "the bed car"), ("near", {"word": "red", "heard": "bed"})),
        (report("the red car", "the red old car"), ("added", {"words": "“old”"})),
        (report("the red car", "good morning"), ("different", {"heard": "good morning"})),
    ],
)
def test_the_one_thing_to_say(made: Report, expected: tuple[str, dict[str, str]]) -> None:
    assert finding(made) == expected
    for value in expected[1].values():
        assert value in summary(made)


def test_the_coarse_method_says_that_it_is_that() -> None:
    told = report("the red car", "the red car")
    assert "coarse" in summary(told)
    assert "coarser method" in LIMITS[told.method]


def test_differing_sounds_are_named() -> None:
    sound = Audio(rigs.speech("Das ist eine Kirsche.", "espeak:de"))
    told = assess("Das ist eine Kirche.", given("Das ist eine Kirsche.", "de"), sound)
    assert finding(told) == ("near", {"word": "Kirche", "heard": "Kirsche"})
    assert "ʃ for ç" in summary(told)
    assert to_dict(told)["words"][3]["differences"] == [{"wanted": "ç", "heard": "ʃ"}]
