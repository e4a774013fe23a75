"""The sentences that `aihear bench understanding` asks: what was said, what was heard, what it should come to.

LANGUAGE.toml holds what was written by hand, in groups that share a meaning; transcribed.tsv what the starter made of
some of them, spoken by voices that it had not been trained on. README.md tells how.
"""

from __future__ import annotations

import csv
import re
import tomllib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from ...types import Purpose

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "de", "es", "fr", "zh")
TRANSCRIBED = FOLDER / "transcribed.tsv"
_PLACE = re.compile(r"\{(\w+)\}")
COLUMNS = ("language", "voice", "said", "heard", "heard_as", "reliable")
Kind = Literal[
    "clean",
    "to_speak",
    "near_miss",
    "out_of_scope",
    "negation",
    "transcribed",
    "unknown_wording",
    "unknown_words",
]
WRITTEN: tuple[Kind, ...] = ("clean", "to_speak", "near_miss", "out_of_scope", "negation")


class _Second(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    intent: str
    slots: dict[str, Any] = {}


class _Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Sentences of one meaning. intent: "plugin.intent", "" where nothing may be done; either: any of these slots.

    any_slots: the intent reads the sentence itself; second: intent and slots of another request in the same breath
    """

    say: tuple[str, ...]
    intent: str = ""
    slots: dict[str, Any] = {}
    either: tuple[dict[str, Any], ...] = ()
    any_slots: bool = False
    second: _Second | None = None
    purpose: Purpose = "assist"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One question to the router.

    text: as it reaches the router; said: as it was meant (the same where it was written)
    language: of what was said; heard_as: the language that the recogniser took it for
    intent: "plugin.intent" or ""; slots: each of these is right; () where any are
    more: intent and slots of what is asked for in the same breath
    voice: that spoke it, "" where it was written; reliable: the recogniser's own word on it
    """

    language: str
    kind: Kind
    text: str
    said: str
    heard_as: str
    intent: str = ""
    slots: tuple[Mapping[str, Any], ...] = ({},)
    purpose: Purpose = "assist"
    voice: str = ""
    reliable: bool = True
    more: tuple[tuple[str, tuple[Mapping[str, Any], ...]], ...] = ()

    @property
    def half(self) -> str:
        """ "dev" to mend the program by, "held" to see whether that helps others; all voices of a sentence in one."""
        return ("dev", "held")[zlib.crc32(f"{self.language}:{self.said}".encode()) & 1]


def written() -> Iterator[Sentence]:
    for language in LANGUAGES:
        table = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
        for kind in WRITTEN:
            for group in msgspec.convert(table.get(kind, []), list[_Group]):
                slots = () if group.any_slots else group.either or (group.slots,)
                more = ((group.second.intent, (group.second.slots,)),) if group.second else ()
                for text in group.say:
                    yield Sentence(language, kind, text, text, language, group.intent, slots, group.purpose, more=more)


def transcribed() -> Iterator[Sentence]:
    """Of three kinds: see heard_kind."""
    known = {(sentence.language, sentence.said): sentence for sentence in written() if sentence.purpose == "assist"}
    with TRANSCRIBED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            meant = known[row["language"], row["said"]]
            yield replace(
                meant,
                kind=heard_kind(meant.said, meant.language),
                text=row["heard"],
                heard_as=row["heard_as"],
                voice=row["voice"],
                reliable=row["reliable"] == "yes",
            )


def everything() -> list[Sentence]:
    return [*(sentence for sentence in written() if sentence.kind != "to_speak"), *transcribed()]


def heard_kind(said: str, language: str) -> Kind:
    """transcribed, where what was said is a request of the starter's training, with these values or other numbers.

    unknown_wording: it knows the words, but writes another sentence that it was trained on (of "time, please" it makes
    "Tell Tom I will be late"). unknown_words: a word was in none.
    """
    mine = _words(said, language)
    if not _training(language)[0].issuperset(mine):
        return "unknown_words"
    if not any(pattern.fullmatch(" ".join(mine)) for pattern in _training(language)[1]):
        return "unknown_wording"
    return "transcribed"


@cache
def _training(language: str) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """The words of its training, and its sentences as patterns over them."""
    table = tomllib.loads((FOLDER / "vocabulary.toml").read_text(encoding="utf-8"))
    words: set[str] = set()
    patterns = []
    for sentence in table.get(language, ()):
        named = {name: [_words(value, language) for value in table["lists"][name]] for name in _PLACE.findall(sentence)}
        bare = _words(_PLACE.sub(r"\1", sentence), language)
        text = " ".join(_alternatives(named[word]) if word in named else re.escape(word) for word in bare)
        patterns.append(re.compile(text))
        words |= {word for word in bare if word not in named}
        words |= {word for values in named.values() for value in values for word in value}
    return frozenset(words), tuple(patterns)


def _alternatives(values: list[list[str]]) -> str:
    return f"(?:{'|'.join(re.escape(' '.join(value)) for value in values)})"


def _words(text: str, language: str) -> list[str]:
    """Small letters; a number, in figures or in words, is 0."""
    from ...understanding import normalise, numbers

    parts = normalise.tokens(text, "")
    found = {at: number for number in numbers.find(parts, language) for at in range(number.start, number.end)}
    return [
        "0" if at in found else token.raw for at, token in enumerate(parts) if at not in found or found[at].start == at
    ]
