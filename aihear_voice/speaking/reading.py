"""How a text is read aloud: what synthesisers read wrongly is written out for them."""

from __future__ import annotations

import re


def _time(pattern: str) -> re.Pattern[str]:
    """Alone: neither a part of a longer number nor of "10:20:30"."""
    return re.compile(rf"(?<![:\d]){pattern}(?![:\d])", re.IGNORECASE)


# Espeak-ng reads "8:05" as "eight zero five", "12:00" as "twelve zero zero" and "15 Uhr 05" as "... null fünf".
_TIMES: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "en": (
        (_time(r"(\d{1,2}):00(?= ?[ap]\.?m\b)"), r"\1"),
        (_time(r"(\d{1,2}):00"), r"\1 o'clock"),
        (_time(r"(\d{1,2}):0([1-9])"), r"\1 oh \2"),
        (_time(r"(\d{1,2}):([1-5]\d)"), r"\1 \2"),
    ),
    "de": ((_time(r"(\d{1,2}) Uhr 0(\d)"), r"\1 Uhr \2"),),
    "es": ((_time(r"(\d{1,2}):00"), r"\1 en punto"), (_time(r"(\d{1,2}):0([1-9])"), r"\1 y \2")),
    "fr": ((_time(r"(\d{1,2}):00"), r"\1 heures"), (_time(r"(\d{1,2}):0([1-9])"), r"\1 heures \2")),
    "zh": ((re.compile("点0([1-9])分"), r"点零\1分"),),
}


def read_aloud(text: str, language: str) -> str:
    """`text` as a voice of `language` is to read it."""
    for pattern, words in _TIMES.get(language, ()):
        text = pattern.sub(words, text)
    return text
