"""The report as a page: what stands in it, how it is escaped, and whether its colours can be told apart."""

import base64
import dataclasses
import io
import itertools
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from aihear_voice.pronunciation.results import Difference, Report, Tone, refusal
from aihear_voice.pronunciation.showing.attempt import Attempt
from aihear_voice.pronunciation.showing.page import palette, to_html
from tests.unit.pronunciation.attempts import WORDS, attempt, report

VOID = {"meta", "link", "br", "rect", "line", "path"}


class Node:
    def __init__(self, tag: str, attributes: dict[str, str], parent: "Node | None") -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children: list[Node | str] = []

    def all(self, tag: str = "", **wanted: str) -> "list[Node]":
        """Those within; wanted: attributes, "class_" among them."""
        found = []
        for child in self.children:
            if isinstance(child, Node):
                fits = all(
                    value in child.attributes.get(name.rstrip("_"), "").split() for name, value in wanted.items()
                )
                found += [child] if fits and tag in ("", child.tag) else []
                found += child.all(tag, **wanted)
        return found

    @property
    def text(self) -> str:
        parts = (child if isinstance(child, str) else child.text for child in self.children)
        return "\n" if self.tag == "br" else "".join(parts)


class Page(HTMLParser):
    """As a tree; raises AssertionError where an element is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = self._node = Node("", {}, None)
        self.feed(text)
        self.close()
        assert self._node is self.root, f"<{self._node.tag}> is not closed"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attributes}, self._node)
        self._node.children.append(node)
        if tag not in VOID:
            self._node = node

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._node.children.append(Node(tag, {name: value or "" for name, value in attributes}, self._node))

    def handle_endtag(self, tag: str) -> None:
        assert self._node.tag == tag, f"</{tag}> in <{self._node.tag}>"
        assert self._node.parent is not None
        self._node = self._node.parent

    def handle_data(self, data: str) -> None:
        self._node.children.append(data)


@pytest.fixture(scope="module")
def page() -> Node:
    return Page(to_html([attempt()])).root


def test_every_word_with_its_score_and_a_mark_beside_the_colour(page: Node) -> None:
    chips = page.all(class_="chips")[0].all(class_="chip")
    assert [chip.all("bdi")[0].text for chip in chips] == [*WORDS, "today"]
    marks = {"good": "✓", "fair": "~", "poor": "✗", "missing": "∅"}
    expected = [("43", "poor"), ("88", "good"), ("72", "fair"), ("", "missing")]
    for chip, (score, band) in zip(chips, expected, strict=True):
        assert band in chip.attributes["class"]
        assert score in chip.text
        assert marks[band] in chip.text
    assert "43 of 100" in chips[0].attributes["aria-label"]
    assert "not right" in chips[0].attributes["aria-label"]
    assert "not heard" in chips[3].text


def test_the_sounds_of_a_word_and_what_was_heard_instead(page: Node) -> None:
    row = next(row for row in page.all("tr") if row.all("th") and row.all("th")[0].text.startswith("weather"))
    sounds = [" ".join(each.text.split()) for each in row.all("li")]
    assert [sound.split()[:2] for sound in sounds] == [["w", "W"], ["ɛ", "EH1"], ["ð", "DH"], ["ɚ", "ER0"]]
    assert "heard → d D" in sounds[2]
    assert all("heard" not in sound for place, sound in enumerate(sounds) if place != 2)
    assert "ˈwɛðɚ" in row.text  # expected
    assert "wɛˈðɚ" in row.text  # heard
    assert "on syllable 2" in row.text
    lost = next(row for row in page.all("tr") if row.all("th") and row.all("th")[0].text.startswith("is"))
    assert "heard → nothing" in " ".join(lost.text.split())
    good = next(row for row in page.all("tr") if row.all("th") and row.all("th")[0].text.startswith("fine"))
    assert "→" not in good.text  # F scored 85: that V was a little likelier is no finding


def test_scores_each_with_a_sentence_and_the_next_step(page: Node) -> None:
    table = page.all("table", class_="scores")[0]
    rows = {row.all("th")[0].text: row for row in table.all("tbody")[0].all("tr")}
    assert list(rows) == ["Total", "Accuracy", "Fluency", "Completeness", "Prosody"]
    assert [rows[name].all("td")[0].text for name in rows] == ["47", "61", "72", "75", "83"]
    assert "long pause" in rows["Fluency"].text
    assert "Stress syllable 1" in rows["Prosody"].text
    assert page.all(class_="advice")[0].text == "The “th” of “this” in “weather” came out as the “d”."


def test_a_reader_that_sees_nothing_finds_its_way(page: Node) -> None:
    assert page.all("html")[0].attributes["lang"] == "en"
    assert [len(page.all(f"h{level}")) for level in (1, 2, 3)] == [1, 1, 3]
    for table in page.all("table"):
        assert table.all("caption")[0].text
        assert all(head.attributes.get("scope") in ("row", "col") for head in table.all("th"))
    for each in [*page.all("audio"), *page.all("button"), *page.all("svg", role="img")]:
        assert each.attributes["aria-label"]
    for each in page.all("svg"):
        assert each.attributes.get("role") == "img" or each.attributes.get("aria-hidden") == "true"
    assert all(each.attributes["tabindex"] == "0" for each in page.all(class_="scroll"))
    ids = [node.attributes["id"] for node in page.all() if "id" in node.attributes]
    assert len(ids) == len(set(ids))
    assert {each.attributes["data-clip"] for each in page.all("button")} <= set(ids)


def test_nothing_comes_from_elsewhere() -> None:
    text = to_html([attempt(), attempt(name="second")])
    assert not re.search(r"https?:|//\w|url\(|@import", re.sub(r'data:audio[^"]*', "", text).replace("// Sound", ""))
    root = Page(text).root
    links = [node.attributes[name] for node in root.all() for name in ("src", "href") if name in node.attributes]
    assert all(link.startswith(("data:", "#")) for link in links)
    assert not [name for node in root.all() for name in node.attributes if name.startswith("on") or name == "style"]
    policy = next(m for m in root.all("meta") if m.attributes.get("http-equiv")).attributes["content"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_sound_of_each_word_as_long_as_the_word(page: Node) -> None:
    made = attempt()
    sounds = {each.attributes.get("id", ""): each.attributes["src"] for each in page.all("audio")}
    assert made.learner is not None
    for place, times in enumerate(made.learner.times):
        if times is None:
            assert f"you-1-{place}" not in sounds
            continue
        assert _seconds(sounds[f"you-1-{place}"]) == pytest.approx(times[1] - times[0], abs=0.05)
        assert _seconds(sounds[f"model-1-{place}"]) == pytest.approx(0.2, abs=0.05)
    assert len(to_html([made])) < 1_000_000


def _seconds(address: str) -> float:
    import av

    kind, _, data = address.partition(";base64,")
    assert kind == "data:audio/flac"
    with av.open(io.BytesIO(base64.b64decode(data))) as container:
        return sum(frame.samples for frame in container.decode(audio=0)) / 16_000


def test_what_stands_in_a_text_stays_text() -> None:
    evil = "</bdi></title><script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;"
    made = report(evil, {"weather": "<b>weather</b>", "is": "\"is' onclick=x"})
    text = to_html([attempt(made, "<i>name</i>"), Attempt(refusal(evil, "different", evil), "<u>")])
    root = Page(text).root
    assert len(root.all("script")) == 1
    assert not root.all("img") + root.all("i") + root.all("u")
    assert {node.text for node in root.all("b")} & {"weather", "alert(1)"} == set()
    assert not [name for node in root.all() for name in node.attributes if name.startswith("on")]
    assert evil in root.all("h2")[1].text
    assert "<b>weather</b>" in root.all(class_="chips")[0].text


def test_a_refused_attempt_shows_its_sentence() -> None:
    root = Page(to_html([attempt(refusal("the weather", "silence"))])).root
    assert root.all(class_="advice")[0].text == "I heard nothing: the recording is silent."
    assert not root.all("table")
    assert root.all("svg", role="img")  # the sound that was refused
    assert "you" not in {each.attributes.get("data-clip", "")[:3] for each in root.all()}


def test_many_attempts_are_summed_up_and_linked() -> None:
    made = [Attempt(report(f"attempt {n}"), f"utt{n}") for n in range(30)] + [Attempt(refusal("x", "noise"))]
    root = Page(to_html(made)).root
    table = root.all("table")[0]
    rows = table.all("tbody")[0].all("tr")
    assert len(rows) == 31
    links = [row.all("a")[0].attributes["href"][1:] for row in rows]
    assert links == [each.attributes["id"] for each in root.all("article")]
    assert "30 scored, 1 refused, mean total 47 of 100" in root.text
    assert "ð (DH) 12" in root.text
    assert "utt7" in rows[7].text
    assert "only noise" in rows[30].text


def test_a_thousand_attempts_stay_a_page() -> None:
    made = [Attempt(report(), str(number), left_out=True) for number in range(1000)]
    text = to_html([attempt(), *made])
    assert len(text) < 20_000_000
    assert "The last 1000 of 1001 attempts are without sound" in text


def test_a_language_without_sounds() -> None:
    words = tuple(dataclasses.replace(each, stress=None, phones=()) for each in report().words)
    off = dataclasses.replace(words[0], heard="Vetter", differences=(Difference("t", "d"), Difference("", "n")))
    words = (off, dataclasses.replace(words[1], tone=Tone(3, 2, 0.9)), *words[2:])
    made = Report("das Wetter", "das Wetter", 80.0, 70.0, 75.0, None, None, words, method="words")
    root = Page(to_html([attempt(made)])).root
    assert "not judged" in root.all("table", class_="scores")[0].text
    assert "How sure the speech recogniser was" in root.text
    assert "A speech recogniser wrote: “das Wetter”" in root.text
    rows = [" ".join(row.text.split()) for row in root.all("table", class_="words")[0].all("tr")]
    assert "Vetter t → d n too many" in rows[1]
    assert "tone 3, heard as 2 ✗" in rows[2]
    assert "CMUdict" not in root.text


# -- colours ----------------------------------------------------------------------------------------------


def _linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(one: str, two: str) -> float:
    """WCAG 2.2."""
    light = sorted(float(_linear(each) @ (0.2126, 0.7152, 0.0722)) for each in (one, two))
    return (light[1] + 0.05) / (light[0] + 0.05)


# Machado, Oliveira and Fernandes (2009), severity 1, for linear RGB.
BLIND = {
    "none": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
    "grey": np.tile([0.2126, 0.7152, 0.0722], (3, 1)),  # a printer without colours
}


def difference(one: str, two: str, eye: str) -> float:
    """CIE76, of two colours as that eye sees them: 2.3 is just noticeable."""
    white = np.array([0.95047, 1.0, 1.08883])
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
    )

    def lab(colour: str) -> np.ndarray:
        value = to_xyz @ np.clip(BLIND[eye] @ _linear(colour), 0, 1) / white
        root = np.where(value > 216 / 24389, np.cbrt(value), (24389 / 27 * value + 16) / 116)
        return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])

    return float(np.linalg.norm(lab(one) - lab(two)))


@pytest.mark.parametrize("way", ["light", "dark"])
def test_text_can_be_read(way: str) -> None:
    colours = palette()[way]
    for paper, ink in [
        ("paper", "ink"), ("paper", "faint"), ("panel", "ink"), ("panel", "faint"), ("paper", "learner"),
        ("good", "good-ink"), ("fair", "fair-ink"), ("poor", "poor-ink"), ("none", "none-ink"),
    ]:  # fmt: skip
        assert contrast(colours[paper], colours[ink]) >= 4.5, (paper, ink)
    for line in ("good-edge", "fair-edge", "poor-edge", "none-edge", "wave", "learner", "model"):
        assert contrast(colours["paper"], colours[line]) >= 3, line


@pytest.mark.parametrize("way", ["light", "dark"])
@pytest.mark.parametrize("eye", ["none", "deuteranopia", "protanopia", "tritanopia"])
def test_bands_can_be_told_apart_by_the_colour_blind(way: str, eye: str) -> None:
    colours = palette()[way]
    for one, two in itertools.combinations(("good", "fair", "poor", "none"), 2):
        wanted = 20 if "none" not in (one, two) else 10  # what was not heard is dotted and struck through besides
        assert difference(colours[one], colours[two], eye) >= wanted, (one, two)
    assert difference(colours["learner"], colours["model"], eye) >= 20


def test_red_and_green_of_one_lightness_would_not_pass() -> None:
    assert difference("#5f8f2f", "#b5752a", "deuteranopia") < 20 < difference("#5f8f2f", "#b5752a", "none")


@pytest.mark.parametrize("way", ["light", "dark"])
def test_the_worst_band_stands_out_without_any_colour(way: str) -> None:
    colours = palette()[way]
    for other in ("good", "fair"):
        assert difference(colours["poor"], colours[other], "grey") >= 20
