"""The report of `aihear practise` in a real browser: what it loads, plays and shows."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import rigs
from tests.browser import Browser

pytestmark = pytest.mark.e2e

TEXT = "I think the weather is very good today."
SAID = "I sink the weather is good today."


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    rigs.write_wav(folder / "said.wav", rigs.join(0.4, rigs.speech(SAID, "flite:slt"), 0.3))
    report = folder / "report.html"
    done = rigs.aihear_once("practise", TEXT, "--audio", str(folder / "said.wav"), "--report", str(report), "--json")
    assert done.returncode == 0, done.stderr
    (folder / "scores.json").write_text(done.stdout)
    return report


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    made = Browser()
    yield made
    made.close()


def seconds(browser: Browser, player: str) -> float:
    """Of the clip; loads it."""
    return browser.run(
        f"new Promise((done, failed) => {{ const each = document.getElementById('{player}'); "
        "each.onerror = () => failed(each.error.message); "
        "each.onloadedmetadata = () => done(each.duration); each.load(); })"
    )


def test_a_click_on_a_word_plays_that_word_and_nothing_comes_from_elsewhere(page: Path, browser: Browser) -> None:
    browser.requests.clear()
    browser.complaints.clear()
    browser.open(page)
    browser.run("window.played = []; document.addEventListener('play', e => window.played.push(e.target.id), true); 0")
    scores = json.loads((page.parent / "scores.json").read_text())
    said = [number for number, word in enumerate(scores["words"]) if word["start"] is not None]
    for number in said[:3]:
        browser.click(f".chips li:nth-child({number + 1}) button")
        rigs.wait_until(lambda: browser.run("window.played.length && playing && playing.currentTime > 0"), "it plays")
        assert browser.run("window.played.at(-1)") == f"you-1-{number}"
        word = scores["words"][number]
        assert browser.run("playing.duration") == pytest.approx(word["end"] - word["start"], abs=0.08)
        assert browser.run("document.querySelectorAll('.playing').length") > 0
    for number in said:
        word = scores["words"][number]
        assert seconds(browser, f"you-1-{number}") == pytest.approx(word["end"] - word["start"], abs=0.08)
        assert 0.03 < seconds(browser, f"model-1-{number}") < 1.5
    assert browser.complaints == []
    assert [each for each in browser.requests if not each.startswith(("file://" + str(page), "data:"))] == []


def test_words_are_played_by_the_keyboard_too(page: Path, browser: Browser) -> None:
    browser.open(page)
    browser.run("window.played = []; document.addEventListener('play', e => window.played.push(e.target.id), true); 0")
    browser.run("document.querySelector('.chips button').focus()")
    browser.press("Enter", 13)
    rigs.wait_until(lambda: browser.run("window.played.join()") == "you-1-0", "the first word plays")


def test_all_of_it_is_there_without_a_script(page: Path, browser: Browser, tmp_path: Path) -> None:
    plain = tmp_path / "plain.html"
    text = page.read_text(encoding="utf-8")
    plain.write_text(text[: text.index("<script>")], encoding="utf-8")
    browser.open(plain)
    wide = "each => each.controls && each.getBoundingClientRect().width > 50"
    shown = browser.run(f"[...document.querySelectorAll('audio')].filter({wide}).length")
    scores = json.loads((page.parent / "scores.json").read_text())
    said = sum(word["start"] is not None for word in scores["words"])
    assert shown >= 2 + 2 * said - 1
    assert browser.run("document.querySelectorAll('.clip button').length") > 0
    assert browser.run("[...document.querySelectorAll('.clip button')].every(each => !each.offsetWidth)")


@pytest.mark.parametrize(("width", "dark"), [(1000, False), (1000, True), (360, False)])
def test_nothing_is_cut_off_or_overlaps(page: Path, browser: Browser, width: int, dark: bool, tmp_path: Path) -> None:
    browser.open(page, width=width, dark=dark)
    assert browser.run("document.documentElement.scrollWidth") <= width
    paper = browser.run("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (not dark)
    overlapping = """[...document.querySelectorAll('.chips, .phones')].flatMap(list => {
      const boxes = [...list.children].map(each => each.getBoundingClientRect());
      return boxes.slice(1).filter((box, i) => box.left < boxes[i].right - 0.5 && box.top < boxes[i].bottom - 0.5);
    }).length"""
    assert browser.run(overlapping) == 0
    folder = Path(os.environ.get("AIHEAR_SHOTS", tmp_path))
    assert browser.screenshot(folder / f"report-{width}{'-dark' * dark}.png").stat().st_size > 20_000


def test_it_prints(page: Path, browser: Browser, tmp_path: Path) -> None:
    browser.open(page)
    assert browser.pdf(tmp_path / "report.pdf").read_bytes().count(b"/Type /Page\n") <= 4


def test_texts_of_any_kind_and_length_fit(browser: Browser, tmp_path: Path) -> None:
    texts = [
        "<script>document.title = 'broken'</script> & \"quoted\" <img src=x onerror=alert(1)>",
        "supercalifragilistic" * 30,
        "مرحبا بالعالم كيف حالك اليوم",
        "今天天气很好我们去公园吧" * 20,
        "word " * 500,
    ]
    rigs.write_wav(tmp_path / "said.wav", rigs.join(0.4, rigs.speech(SAID, "flite:slt"), 0.3))
    lines = [{"utt": f"<b>{n}</b>", "audio": "said.wav", "text": text} for n, text in enumerate(texts)]
    (tmp_path / "batch.jsonl").write_text("\n".join(map(json.dumps, lines)))
    done = rigs.aihear_once("practise", "--batch", str(tmp_path / "batch.jsonl"), "--report", str(tmp_path / "r.html"))
    assert done.returncode == 0, done.stderr
    browser.complaints.clear()
    browser.open(tmp_path / "r.html")
    assert browser.complaints == []
    assert browser.run("document.title") == "Pronunciation report"
    assert browser.run("document.querySelectorAll('article').length") == len(texts)
    assert browser.run("document.documentElement.scrollWidth") <= 1000
    titles = browser.run("[...document.querySelectorAll('article h2')].map(each => each.textContent)")
    assert [title.strip() for title in titles] == [text.strip() for text in texts]
    assert browser.run("document.querySelectorAll('article img, b b').length") == 0
    browser.screenshot(Path(os.environ.get("AIHEAR_SHOTS", tmp_path)) / "report-texts.png")
