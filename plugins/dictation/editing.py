"""Which part at the end of a text is meant, and what it becomes. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aihear_voice.plugin import graphemes

_CJK = "\u2e80-\u9fff\uf900-\ufaff"
_CJK_MARKS = "，。；：！？、）」』”’"
_WORD = re.compile(rf"\s*(?:[{_CJK}]|[^\s{_CJK}{_CJK_MARKS}]+|[{_CJK_MARKS}])[{_CJK_MARKS}]*\s*$")
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+[^\s\w]*[A-Z\u00c0-\u00deА-Я0-9]|\s*$)|[。！？…]+[”’」』）]*|\n+")


@dataclass(frozen=True)
class Change:
    """old: the end of a text; new: what is to stand in its place."""

    old: str
    new: str


def end_of(text: str, unit: str, count: int = 1) -> str:
    """The last `count` characters, or words, sentences, lines or paragraphs with the blanks before them."""
    if unit == "character":
        return "".join(graphemes(text)[-count:])
    start = len(text)
    for _ in range(count):
        start = len(text[: _START[unit](text[:start])].rstrip(" "))
        if start == 0:
            break
    return text[start:]


def _word(text: str) -> int:
    found = _WORD.search(text)
    return found.start() if found else 0


def _sentence(text: str) -> int:
    whole = len(text.rstrip())
    ends = (end.end() for end in _SENTENCE_END.finditer(text, 0, whole))
    return max((end for end in ends if text[end:whole].strip()), default=0)


def _line(text: str) -> int:
    return text.rstrip("\n").rfind("\n") + 1


def _paragraph(text: str) -> int:
    found = text.rstrip("\n").rfind("\n\n")
    return found + 2 if found >= 0 else 0


_START = {"word": _word, "sentence": _sentence, "line": _line, "paragraph": _paragraph}


def splits(said: str, separators: Sequence[str], spaced: bool) -> Iterator[tuple[str, str]]:
    """ "X to Y" in every way that it can be read: (X, Y), the longest X first."""
    edge = r"\s+" if spaced else r"\s*"
    names = "|".join(map(re.escape, separators))
    # Looked ahead for, so that of "to to too" each "to" is tried.
    for found in reversed(list(re.finditer(rf"(?=({edge}(?:{names}){edge}))", said, re.IGNORECASE))):
        old, new = said[: found.start()].strip(), said[found.start() + len(found[1]) :].strip()
        if old and new:
            yield old, new


def corrected(text: str, old: str, new: str, spaced: bool) -> Change | None:
    """With `new` for the last `old`, in whole words whatever their case; None where it is not there."""
    edge = ("(?<!\\w)", "(?!\\w)") if spaced else ("", "")
    words = r"\s+".join(map(re.escape, old.split()))
    there = list(re.finditer(edge[0] + words + edge[1], text, re.IGNORECASE))
    if not there:
        return None
    found = there[-1]
    return Change(text[found.start() :], _like(found[0], old, new) + text[found.end() :])


def meant(text: str, old: str, new: str, alike: Sequence[Sequence[str]], spaced: bool) -> Change | None:
    """As `corrected`, where X was heard as another word that sounds the same, or X and Y as one and the same."""
    words = next((group for group in alike if old.casefold() in map(str.casefold, group)), ())
    sounds_same = [word for word in words if word.casefold() != old.casefold()]
    there = [word for word in (old, *sounds_same) if corrected(text, word, word, spaced) is not None]
    if not there:
        return None
    last = min(there, key=lambda word: len(_old(text, word, spaced)))
    other = new
    if words and new.casefold() == last.casefold():
        place = [word.casefold() for word in words].index(last.casefold())
        other = words[(place + 1) % len(words)]
    return corrected(text, last, other, spaced)


def _old(text: str, word: str, spaced: bool) -> str:
    change = corrected(text, word, word, spaced)
    return change.old if change is not None else text


def _like(there: str, old: str, new: str) -> str:
    """With the capitals that were there, as far as they were not said."""
    if len(there) > 1 and there.isupper() and not old.isupper():
        return new.upper()
    if there[0].isupper() and old[0].islower():
        return new[0].upper() + new[1:]
    if there[0].islower() and old[0].isupper():
        return new[0].lower() + new[1:]
    return new


def recased(text: str, case: str) -> str:
    """case: upper, lower, or title: each word with a capital."""
    if case == "title":
        return re.sub(r"[^\W\d_][\w'’]*", lambda word: word[0][0].upper() + word[0][1:], text)
    return text.upper() if case == "upper" else text.lower()


def styled(text: str, style: str) -> str:
    """Words as one name: snake_case, camelCase, PascalCase, kebab-case, CONSTANT_CASE, dot.case."""
    words = [word for word in re.split(r"[\W_]+", text) if word]
    if style in ("camel", "pascal"):
        large = [word[0].upper() + word[1:].lower() for word in words]
        return "".join([words[0].lower() if style == "camel" else large[0], *large[1:]]) if words else ""
    joint = {"kebab": "-", "dot": ".", "flat": ""}.get(style, "_")
    name = joint.join(words)
    return name.upper() if style == "constant" else name.lower()
