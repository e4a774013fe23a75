"""Lists and notes as lines of Markdown. All functions return a file's text changed, every other line as it was.

A list's item is a line such as "- [ ] milk", "- [x] milk" or "* milk"; a note is what follows "## 2030-03-04 10:00".
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

_ITEM = re.compile(r"(?P<lead>\s*[-*+]\s+)(?P<box>\[[ xX]\]\s+)?(?P<text>\S.*?)\s*")
_NOTE = re.compile(r"##\s+(?P<when>\d{4}-\d\d-\d\d(?: \d\d:\d\d)?)\s*")
_CHAPTER = re.compile(r"#{1,2}\s")
_FENCE = re.compile(r"\s*(```|~~~)")


@dataclass(frozen=True)
class Item:
    """line: its index among the file's lines"""

    line: int
    text: str
    done: bool


@dataclass(frozen=True)
class Note:
    """start, end: lines, the heading's and the one behind the last; when: as its heading says"""

    start: int
    end: int
    when: str
    text: str


def _lines(text: str) -> list[str]:
    """With their ends. Not by str.splitlines, which parts at characters that no editor takes for a line's end."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def items(text: str) -> list[Item]:
    found: list[Item] = []
    fenced = False
    for number, line in enumerate(_lines(text)):
        fenced ^= _FENCE.match(line) is not None
        match = None if fenced else _ITEM.fullmatch(line)
        if match:
            found.append(Item(number, match["text"], "x" in (match["box"] or "").lower()))
    return found


def with_items(text: str, new: Sequence[str]) -> str:
    """Behind the last item, and marked like it."""
    lines, last = _lines(text), items(text)
    at = last[-1].line + 1 if last else len(lines)
    lead = "- [ ] "
    if last:
        shape = _ITEM.fullmatch(lines[last[-1].line])
        if shape:
            lead = shape["lead"] + re.sub("[xX]", " ", shape["box"] or "")
    end = _line_end(text)
    if at and not lines[at - 1].endswith("\n"):
        lines[at - 1] += end
    if at and not last and lines[at - 1].strip():
        lines[at - 1] += end
    lines[at:at] = [f"{lead}{item}{end}" for item in new]
    return "".join(lines)


def without_lines(text: str, gone: Collection[int]) -> str:
    return "".join(line for number, line in enumerate(_lines(text)) if number not in gone)


def marked(text: str, chosen: Collection[int], done: bool) -> str:
    """Those items ticked, or not; one without a box gets it."""
    lines = _lines(text)
    for number in chosen:
        match = _ITEM.fullmatch(lines[number])
        if match:
            rest = lines[number][match.start("text") :]
            lines[number] = f"{match['lead']}[{'x' if done else ' '}] {rest}"
    return "".join(lines)


def titled(name: str) -> str:
    return f"# {name}\n\n"


def notes(text: str) -> list[Note]:
    """In the order in which they stand."""
    lines, found = _lines(text), list[Note]()
    for number, line in enumerate(lines):
        heading = _NOTE.fullmatch(line)
        if heading:
            later = range(number + 1, len(lines))
            end = next((i for i in later if _CHAPTER.match(lines[i])), len(lines))
            body = "".join(lines[number + 1 : end]).strip()
            found.append(Note(number, end, heading["when"], body))
    return found


def with_note(text: str, when: str, note: str) -> str:
    end = _line_end(text)
    before = text if not text or text.endswith("\n") else text + end
    gap = end if before.strip() and not before.endswith(end * 2) else ""
    return f"{before}{gap}## {when}{end}{end}{note}{end}"


def without_note(text: str, note: Note) -> str:
    return without_lines(text, range(note.start, note.end))
