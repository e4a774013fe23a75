"""A report as a picture: the same figure as on the page, drawn by resvg into a PNG.

Unlike a browser it breaks no lines: that is done here, by the width that letters have in a wide font.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...errors import DeviceError
from ...graphemes import graphemes
from .attempt import Attempt
from .bands import BANDS, word_band
from .figure import WIDTH, Box, Figure, Row, draw, text_width
from .page import LOOKS, SCORES, limits, looks, overview, palette
from .report import summary

MOST = 12  # attempts drawn one below the other; more is for the page
_MARGIN = 24
_ZOOM = 1.5  # pixels of the picture for one of the drawing
_CHIP, _CHIP_GAP = 40, 6
_TALLEST = 20_000  # of the drawing; above it there would be hundreds of megabytes of pixels
_LINES = 6  # of a long text
_TONES = "pitch in semitones from each voice's median"


@dataclass(frozen=True, slots=True)
class _Line:
    x: float
    y: float
    kind: str
    text: str
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class _Bar:
    x: float
    y: float
    width: float
    share: float


@dataclass
class _Section:
    """Drawn from the top down; y is where the next thing goes."""

    y: float
    lines: list[_Line] = field(default_factory=list)
    bars: list[_Bar] = field(default_factory=list)
    chips: list[tuple[float, Box]] = field(default_factory=list)
    rows: list[tuple[float, Row]] = field(default_factory=list)
    keys: list[tuple[float, float, str]] = field(default_factory=list)
    figure: Figure | None = None

    def write(self, text: str, kind: str, size: float, most: int = _LINES) -> None:
        """Broken into lines."""
        lines = list(_broken(text, size, WIDTH))
        if len(lines) > most:
            lines = [*lines[: most - 1], lines[most - 1] + " …"]
        for line in lines:
            self.y += size * 1.3
            self.lines.append(_Line(_MARGIN, round(self.y, 1), kind, line))
        self.y += size * 0.4


def to_png(attempts: Sequence[Attempt]) -> bytes:
    """Light colours. Raises DeviceError where this computer has no font to write with."""
    import resvg_py

    _check_fonts()
    svg = to_svg(attempts)
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, zoom=_ZOOM))


def to_svg(attempts: Sequence[Attempt]) -> str:
    sections, top = [], 8.0
    shown = attempts[:MOST]
    if len(attempts) > 1:
        head = _Section(top)
        head.write(f"{len(attempts)} attempts", "title", 26)
        head.write(overview([attempt.report for attempt in attempts]), "advice", 18)
        sections.append(head)
        top = head.y + 20
    for number, attempt in enumerate(shown):
        section = _section(attempt, top)
        if number and section.y > _TALLEST:
            shown = attempts[:number]
            break
        sections.append(section)
        top = section.y + 30
    foot = _Section(top - 10)
    for sentence in _footnotes(attempts, len(shown)):
        foot.write(sentence, "small", 13)
    sections.append(foot)
    return _svg(sections, round(foot.y + 16))


def _footnotes(attempts: Sequence[Attempt], shown: int) -> Iterator[str]:
    if shown < len(attempts):
        yield f"The first {shown} of {len(attempts)} attempts; the report as a page (.html) has all."
    yield from limits(attempts[:shown])


def _svg(sections: Sequence[_Section], height: int) -> str:
    from markupsafe import Markup

    sheets = "\n".join((LOOKS / name).read_text(encoding="utf-8") for name in ("figure.css", "picture.css"))
    style = re.sub(r"var\(--([\w-]+)\)", lambda found: palette()["light"][found[1]], sheets)
    values: dict[str, Any] = {"sections": sections, "style": Markup(style), "margin": _MARGIN}
    return looks().get_template("picture.svg").render(width=WIDTH + 2 * _MARGIN, height=height, **values)


def _check_fonts() -> None:
    import resvg_py

    def drawn(text: str) -> bytes:
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="8">{text}</text></svg>'
        return bytes(resvg_py.svg_to_bytes(svg_string=svg, font_family="DejaVu Sans", sans_serif_family="DejaVu Sans"))

    if drawn("M") == drawn(""):
        raise DeviceError("there is no font to write with", "no_font", "apt-get install fonts-dejavu-core, or .html")


# -- one attempt ------------------------------------------------------------------------------------------


def _section(attempt: Attempt, top: float) -> _Section:
    section, report = _Section(top), attempt.report
    section.write(report.target, "title", 26)
    if attempt.name:
        section.write(attempt.name, "small", 13)
    section.write(summary(report), "advice", 18)
    if report.refused is None:
        _scores(section, attempt)
        _chips(section, attempt)
        _legend(section)
    _figure(section, attempt)
    return section


def _scores(section: _Section, attempt: Attempt) -> None:
    width = WIDTH / len(SCORES)
    for place, (level, (name, _)) in enumerate(SCORES.items()):
        value: float | None = getattr(attempt.report, level)
        x = _MARGIN + place * width
        section.lines.append(_Line(x, section.y + 20, "head", name))
        section.lines.append(_Line(x, section.y + 50, "mark", "–" if value is None else f"{value:.0f}"))
        section.bars.append(_Bar(x, section.y + 60, width - 24, (value or 0.0) / 100))
    section.y += 84


def _chips(section: _Section, attempt: Attempt) -> None:
    x = float(_MARGIN)
    for word in attempt.report.words:
        band, text = word_band(word), word.text
        score = "" if word.accuracy is None else f"{word.accuracy:.0f}"
        width = round(min(WIDTH, max(44.0, text_width(text, 15) + 14)), 1)
        if x + width > _MARGIN + WIDTH:
            x, section.y = float(_MARGIN), section.y + _CHIP + _CHIP_GAP
        squeeze = text_width(text, 15) > width
        section.chips.append((section.y, Box(round(x, 1), width, text, band.name, band.mark, score, squeeze=squeeze)))
        x += width + _CHIP_GAP
    section.y += _CHIP + 4


def _legend(section: _Section) -> None:
    told = "\u2003".join(f"{band.mark}\u00a0{band.says}" for band in BANDS.values())
    section.write(told, "small", 13)
    section.y += 8


def _figure(section: _Section, attempt: Attempt) -> None:
    figure = section.figure = draw(attempt)
    if figure is None:
        return
    for row in figure.rows:
        section.rows.append((section.y, row))
        section.y += figure.height + 6
    if figure.melody:
        voices = [("learner", "your pitch")] + ([("model", "the model voice, word by word")] if figure.model else [])
        x = float(_MARGIN)
        for kind, told in voices:
            section.keys.append((x, section.y + 10, kind))
            section.lines.append(_Line(x + 44, section.y + 14, "small", told))
            x += 44 + text_width(told, 13) + 16
        section.lines.append(_Line(WIDTH + _MARGIN, section.y + 14, "small", _TONES, anchor="end"))
        section.y += 24


# -- lines ------------------------------------------------------------------------------------------------


def _broken(text: str, size: float, width: float) -> Iterator[str]:
    """Between words; within one that is wider than a line, and in scripts without spaces, anywhere."""
    text = re.sub(r"[ \t\r\n]+", " ", text).strip()
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if text_width(longer, size) <= width:
            line = longer
            continue
        if line:
            yield line
        *full, line = _cut(word, size, width)
        yield from full
    if line:
        yield line


def _cut(word: str, size: float, width: float) -> Iterator[str]:
    part = ""
    for letter in graphemes(word):
        if part and text_width(part + letter, size) > width:
            yield part
            part = ""
        part += letter
    yield part
