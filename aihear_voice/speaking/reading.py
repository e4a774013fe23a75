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


_WHOLE = 240  # characters that are synthesised at a time: more takes the voice long, and is parted where it pauses
_ENDS = re.compile(r"(?<=[.!?…])[\"'”’»)]*\s+|(?<=[。！？])|\s*\n+\s*")
_PAUSES = re.compile(r"(?<=[,;:–])\s+|(?<=[，；：、])|\s+")


def pieces(text: str) -> list[str]:
    """A long text in parts to be said one after another: sentences, or what there is of a longer one."""
    if len(text) <= _WHOLE:
        return [text]
    return [part for sentence in _joined(_ENDS, text) for part in _shortened(sentence) if part.strip()]


def _joined(between: re.Pattern[str], text: str) -> list[str]:
    """Parts that are as long as they may be, each ending where `between` is found, if anywhere."""
    parts, start, end = list[str](), 0, 0
    for edge in [*(hit.end() for hit in between.finditer(text)), len(text)]:
        if edge - start > _WHOLE and end > start:
            parts.append(text[start:end])
            start = end
        end = edge
    return [*parts, text[start:]]


def _shortened(sentence: str) -> list[str]:
    """At its commas or spaces; what has neither is cut."""
    return [
        part[start : start + _WHOLE].strip()
        for part in (_joined(_PAUSES, sentence) if len(sentence) > _WHOLE else [sentence])
        for start in range(0, len(part), _WHOLE)
    ]


def read_aloud(text: str, language: str) -> str:
    """`text` as a voice of `language` is to read it."""
    for pattern, words in _TIMES.get(language, ()):
        text = pattern.sub(words, text)
    return text
