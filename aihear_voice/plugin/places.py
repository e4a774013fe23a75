"""Where in a plugin's files something stands: "sentences/en.toml:12", for messages."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from pathlib import Path

_LINE = re.compile(r"at line (\d+)")
_TYPES = ("str", "int", "float", "bool", "array", "object", "null")  # as msgspec calls them
_KEY = re.compile(r"`([^`]+)`")


def place(folder: Path, file: str, text: str = "") -> str:
    """The file, and the line that holds `text` first, where one does."""
    line = next(_lines_with(folder / file, text), 0) if text else 0
    return f"{file}:{line}" if line else file


def of_toml_error(file: str, message: str) -> str:
    """What tomllib says names the line itself."""
    found = _LINE.search(message)
    return f"{file}:{found[1]}" if found else file


def of_wrong_value(folder: Path, file: str, message: str) -> str:
    """What msgspec says names the field ("unknown field `hiden`"), or the way to it ("at `$.intents[...].confirm`")."""
    for name in _KEY.findall(message):
        key = re.sub(r"\[[^\]]*\]", "", name).rpartition(".")[2]
        line = next(_lines_with(folder / file, key), 0) if key.isidentifier() and key not in _TYPES else 0
        if line:
            return f"{file}:{line}"
    return file


def of_failure(folder: Path, error: BaseException) -> str:
    """The last line of the plugin's code that an error went through; "" where it is none of its."""
    steps = [step for step in traceback.extract_tb(error.__traceback__) if Path(step.filename).is_relative_to(folder)]
    return f"{Path(steps[-1].filename).relative_to(folder)}:{steps[-1].lineno}" if steps else ""


def of_case(folder: Path, number: int) -> str:
    """The line at which that case of cases.toml begins; they are counted from 0."""
    lines = list(_lines_with(folder / "cases.toml", "[[case]]"))
    return f"cases.toml:{lines[number]}" if number < len(lines) else "cases.toml"


def _lines_with(path: Path, text: str) -> Iterator[int]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    yield from (number for number, line in enumerate(lines, 1) if text in line)
