import json
import re
from html.parser import HTMLParser

import pytest

from aihear_voice.pronunciation.by_transcript import assess
from aihear_voice.pronunciation.report import finding, summary, to_dict, to_html
from aihear_voice.pronunciation.results import Report
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
        {"text", "accuracy", "error", "start", "end", "stress", "phones"}
    ] * 3
    assert fields["words"][1] == {
        "text": "red", "accuracy": None, "error": "omission", "start": None, "end": None, "stress": None, "phones": []
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


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [str(value) for name, value in attributes if name in ("src", "href", "onclick")]


def test_page_stands_alone_and_escapes() -> None:
    text = to_html([report("red <script>alert(1)</script> car", "red car"), report("the & car", "good morning <b>")])
    page = _Page()
    page.feed(text)
    assert "script" not in page.tags
    assert "b" not in page.tags
    assert page.links == []
    assert not re.search(r"https?:|url\(|@import", text)
    assert "color-scheme: light dark" in text
    assert page.tags.count("h1") == 1
    assert "not heard" in text
    assert 'lang="en"' in text
