"""How English sounds are named and made, in the learner's language where it is known here, else in English."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from .phones import SPOKEN, base

# English names are "“th” of “this”" or "“b”".
_OF = {"de": "„{letters}“ wie in „{word}“", "es": "«{letters}» de «{word}»", "zh": "“{word}”里的“{letters}”"}
_ALONE = {"de": "„{letters}“", "es": "«{letters}»", "zh": "“{letters}”"}


def hint(phone: str, heard: str = "", language: str = "en") -> str:
    """What to do for it. phone: as CMUdict names it; heard: what came out instead, "" where that is not known"""
    hints = _hints()[language if language in _hints() else "en"]
    phone, heard = base(phone), base(heard)
    return hints.get(f"{phone}>{heard}") or hints[phone]


def name(phone: str, language: str = "en") -> str:
    """ "“th” of “this”", and the like in other languages."""
    english = SPOKEN[base(phone)]
    if language not in _OF:
        return english
    letters, *word = re.findall("“(.+?)”", english)
    return _OF[language].format(letters=letters, word=word[0]) if word else _ALONE[language].format(letters=letters)


@cache
def _hints() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads(Path(__file__).with_name("articulation.toml").read_text(encoding="utf-8"))
