"""Types every kind of text into every application on every layout, and tells what came of it: make dictation-report

Each text is typed by the program's own typist and read back from the application. A cell is "=" where that is the
same, code point for code point, with the method that carried it and the characters a second at which it was handed
over. Exit status 1 where a cell is not equal. The table goes to standard output and into FILE.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from aihear_voice import settings
from aihear_voice.acting.typist import DesktopTypist

from . import applications
from .reporting import TEXTS, Cell
from .rigs import Screen
from .wayland import wayland_cells

LAYOUTS = ("us", "de", "fr")
SPEED = "1,000 characters of ASCII"
_SPEED_TEXT = (TEXTS["ASCII"] * 10)[:1000]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, default=Path("build/dictation-report.md"), help="where the table goes")
    output = parser.parse_args().output
    _forget_the_person()
    cells, speeds = [*_x11_cells(), *map(_told, wayland_cells(TEXTS))], list(_speed_cells())
    report = as_markdown(cells, speeds)
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(report, encoding="utf-8")
    print(report)
    return int(not all(cell.equal for cell in [*cells, *speeds]))


def as_markdown(cells: Sequence[Cell], speeds: Sequence[Cell]) -> str:
    """Two tables, and what is not equal."""
    lines = [*_table(cells), "", *_speeds(speeds), "", *_wrong([*cells, *speeds])]
    return "\n".join(lines).rstrip() + "\n"


def _forget_the_person() -> None:
    """Nothing of this session is touched: screens, files and buses are the report's own."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XMODIFIERS"):
        os.environ.pop(name, None)
    os.environ["HOME"] = tempfile.mkdtemp(prefix="aihear-report-")
    os.environ["CI"] = "true"  # a program that is missing is told, not left out


def _x11_cells() -> Iterator[Cell]:
    screen = Screen()
    os.environ.update(screen.env)
    try:
        for kind in applications.ALL:
            application = kind(screen, Path(tempfile.mkdtemp(dir=screen.folder)))
            for layout in LAYOUTS:
                subprocess.run(["setxkbmap", layout], check=True)
                typist = _typist("auto")
                for row, text in TEXTS.items():
                    yield _cell(application, typist, row, f"{kind.name} {layout}", text)
                typist.close()
            application.close()
    finally:
        screen.close()
        del os.environ["DISPLAY"]


def _speed_cells() -> Iterator[Cell]:
    """Keys and paste beside each other, whatever the typist would choose."""
    screen = Screen()
    os.environ.update(screen.env)
    try:
        for kind in applications.ALL:
            application = kind(screen, Path(tempfile.mkdtemp(dir=screen.folder)))
            for method in ("keys", "paste"):
                typist = _typist(method)
                yield _cell(application, typist, method, kind.name, _SPEED_TEXT)
                typist.close()
            application.close()
    finally:
        screen.close()
        del os.environ["DISPLAY"]


def _typist(method: str) -> DesktopTypist:
    opened = DesktopTypist(msgspec.structs.replace(settings.defaults().typing, method=method))
    opened.press("shift")  # its process is there before anything is measured
    return opened


def _cell(application: applications.Application, typist: DesktopTypist, row: str, column: str, text: str) -> Cell:
    begun = time.monotonic()
    done = typist.type(text)
    seconds = time.monotonic() - begun
    cell = _told(Cell(row, column, text, application.wait_text(text), done.method, seconds))
    application.clear()
    return cell


def _told(cell: Cell) -> Cell:
    print(f"{cell.column}: {cell.row}: {_shown(cell)}", file=sys.stderr)
    return cell


def _table(cells: Sequence[Cell]) -> list[str]:
    columns = list(dict.fromkeys(cell.column for cell in cells))
    by_place = {(cell.row, cell.column): cell for cell in cells}
    lines = ["| text | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for row in TEXTS:
        shown = (_shown(by_place[row, column]) if (row, column) in by_place else "" for column in columns)
        lines.append(f"| {row} | " + " | ".join(shown) + " |")
    equal = sum(cell.equal for cell in cells)
    return [*lines, "", f"{equal} of {len(cells)} cells are equal. In each: the method, and characters a second."]


def _speeds(cells: Sequence[Cell]) -> list[str]:
    columns = list(dict.fromkeys(cell.column for cell in cells))
    lines = [f"| {SPEED} | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for row in ("keys", "paste"):
        shown = (_shown(cell) for cell in cells if cell.row == row)
        lines.append(f"| {row} | " + " | ".join(shown) + " |")
    return lines


def _shown(cell: Cell) -> str:
    return f"{'=' if cell.equal else '**not equal**'} {cell.method} {cell.speed:,.0f}/s"


def _wrong(cells: Sequence[Cell]) -> list[str]:
    return [
        f"- {cell.column}, {cell.row}: {cell.got[:200]!r} instead of {cell.wanted[:200]!r}"
        for cell in cells
        if not cell.equal
    ]


if __name__ == "__main__":
    sys.exit(main())
