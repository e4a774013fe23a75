"""What the languages say around and inside commands, as data: one TOML file a language."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
KNOWN = tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


@cache
def table(language: str) -> dict[str, Any]:
    """The language's file; {} for a language that has none. Not to be changed."""
    if language not in KNOWN:
        return {}
    return tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
