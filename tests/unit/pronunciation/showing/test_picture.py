"""The report as a PNG. What is drawn is compared: letters are there where two pictures differ only by them."""

import io
import xml.etree.ElementTree as ET

import av
import numpy as np

from aihear_voice.pronunciation.results import refusal
from aihear_voice.pronunciation.showing.attempt import Attempt
from aihear_voice.pronunciation.showing.picture import MOST, to_png, to_svg
from tests.unit.pronunciation.attempts import attempt, report


def pixels(png: bytes) -> np.ndarray:
    """Shape (height, width, 3)."""
    assert png.startswith(b"\x89PNG")
    with av.open(io.BytesIO(png)) as container:
        return next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)


def drawn(svg: str) -> list[str]:
    return ["".join(each.itertext()) for each in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_words_scores_sounds_and_the_next_step_are_in_it() -> None:
    texts = drawn(to_svg([attempt()]))
    for expected in ("weather", "43 ✗", "88 ✓", "72 ~", "47", "ð", "→d", "→∅", "+ well", "0.25 s", "your pitch"):
        assert expected in [text.strip() for text in texts], expected
    assert "The “th” of “this” in “weather” came out as the “d”." in texts


def test_letters_are_really_drawn() -> None:
    one, same, other = (
        pixels(to_png([attempt(report("x", {"weather": word}))])) for word in ("weather", "weather", "WxxtHxr")
    )
    assert one.shape == other.shape
    assert one.shape[1] > 1200
    assert (one == same).all()
    changed = np.argwhere((one != other).any(axis=2))
    assert 100 < len(changed) < one.size / 3 * 0.02  # that word, and nothing else
    colours = {tuple(colour) for colour in one.reshape(-1, 3)[::7].tolist()}
    assert {(0xCF, 0xE6, 0xF7), (0xFF, 0xDF, 0x80), (0xA6, 0x33, 0x00)} <= colours


def test_any_script_and_any_length() -> None:
    long = ["今天天气很好" * 60, "word " * 900, "x" * 900, "مرحبا بالعالم", "<a href='x'>&amp;</a>"]
    for text in long:
        svg = to_svg([attempt(report(text, {"weather": text[:40]}))])
        assert ET.fromstring(svg) is not None
        assert pixels(to_png([attempt(report(text))])).shape[0] < 3000
    shapes = [pixels(to_png([Attempt(refusal(text, "silence"))])) for text in ("今天天气很好", "明明明明明明")]
    assert (shapes[0] != shapes[1]).any()


def test_several_attempts_and_no_more_than_fit() -> None:
    made = [Attempt(report(f"text {number}"), f"utt{number}") for number in range(100)]
    texts = drawn(to_svg(made))
    assert "100 attempts" in texts
    assert f"text {MOST - 1}" in texts
    assert f"text {MOST}" not in texts
    assert any(f"first {MOST} of 100" in text for text in texts)
    assert pixels(to_png(made)).shape[0] > 1000


def test_a_refusal_shows_its_sentence() -> None:
    texts = drawn(to_svg([attempt(refusal("the weather", "noise"))]))
    assert "I heard only noise." in texts
    assert "Total" not in texts
