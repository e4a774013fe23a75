"""From what was heard to what is typed: spoken marks, spaces and capitals. Pure functions; marks.toml has the words."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HEARD = r"[,.;:!?…，。；：！？、]"  # what Whisper writes around a spoken mark
_ENDS = ".!?…。！？"
MARKS = ",.;:!?…，。；：！？、"  # that stand after a word
_STICKS_LEFT = ",.;:!?…)]}%’”»，。；：！？、）」』"
_STICKS_RIGHT = "([{„¿¡«（「『@/\\_$#"
_CLOSERS = "\"'”’»)]）」』“"  # may stand between a full stop and the next sentence; “ closes in German
_DIGITS = "0"  # in not_before: any number
_UNSPACED = ("zh",)
_LINE_STARTS = "\n\t"
# French sets high marks off: by a space that no line breaks at, a narrow one but before the colon.
_WIDE, _NARROW = "\u00a0", "\u202f"
_HIGH = re.compile(r"(?<=[^\s!?;:])[ \u00a0\u202f]*(?P<mark>[;!?]+|:)(?=[\s\u00bb\u201d\")\]…]|$)")
_PLAIN = str.maketrans(
    {"–": "-", "—": "-", "…": "...", _WIDE: " ", _NARROW: " ", "“": '"', "”": '"', "„": '"', "’": "'"}
)


@dataclass(frozen=True)
class Mark:
    """write: what is typed; space: see marks.toml; not_after, not_before: words beside which it is a word itself."""

    write: str
    space: str
    not_after: frozenset[str]
    not_before: frozenset[str]

    @property
    def ends_sentence(self) -> bool:
        return self.write[-1] in ".!?。！？\n" and self.space != "tight"


@dataclass(frozen=True)
class Language:
    """marks: by name in small letters; names: finds one, with the marks and the escape word beside it.

    small: words that continue a sentence with a small letter; spaced: words are parted by spaces
    abbreviations: after these, in small letters, a sentence goes on; escape: the word before a mark's name
    becomes: what stands between X and Y in "correct X to Y"; alike: words that sound alike
    """

    marks: Mapping[str, Mark]
    names: re.Pattern[str]
    small: frozenset[str]
    spaced: bool
    abbreviations: tuple[str, ...]
    escape: str
    becomes: tuple[str, ...]
    alike: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class _Set:
    """A mark to be set. kept: what Whisper wrote before it that stays; tail: after it; swallowed: a full stop went."""

    mark: Mark
    kept: str
    tail: str
    swallowed: bool


@functools.cache
def language_of(code: str, signs: bool = False) -> Language:
    """English where marks.toml has nothing for that language. signs: with those of command lines."""
    tables = tomllib.loads((Path(__file__).parent / "marks.toml").read_text(encoding="utf-8"))
    table = tables.get(code, tables["en"])
    entries = [*table["marks"], *(table.get("signs", tables["en"]["signs"]) if signs else ())]
    marks = {_key(name): _mark(entry, table) for entry in entries for name in entry["say"]}
    spaced = code not in _UNSPACED
    return Language(
        marks=marks,
        names=_names(marks, table["escape"], spaced),
        small=frozenset(table["small"]),
        spaced=spaced,
        abbreviations=tuple(table["abbreviations"]),
        escape=table["escape"],
        becomes=tuple(table["becomes"]),
        alike=tuple(map(tuple, table["alike"])),
    )


def _mark(entry: Mapping[str, Any], table: Mapping[str, Any]) -> Mark:
    not_after = frozenset(table["not_after"]) | frozenset(entry.get("not_after", ()))
    return Mark(entry["write"], entry["space"], not_after, frozenset(entry.get("not_before", ())))


def _names(marks: Mapping[str, Mark], escape: str, spaced: bool) -> re.Pattern[str]:
    longest_first = sorted(marks, key=len, reverse=True)
    names = "|".join(r"[\s-]+".join(map(re.escape, name.split())) for name in longest_first).replace("'", "['’]")
    start, end = (r"\b", r"\b") if spaced else ("", "")
    return re.compile(
        rf"(?P<before>{_HEARD}*)(?P<gap>\s*){start}(?P<escape>{re.escape(escape)}{_HEARD}?\s*)?"
        rf"(?P<name>{names}){end}(?P<after>{_HEARD}*)",
        re.IGNORECASE,
    )


def _key(name: str) -> str:
    return " ".join(name.casefold().replace("-", " ").replace("’", "'").split())


def is_mark(name: str, code: str) -> bool:
    """Whether this is the name of a mark."""
    return _key(name) in language_of(code).marks


def spoken(text: str, code: str, signs: bool = False) -> str:
    """With marks for their names: "Hello comma how are you question mark" -> "Hello, how are you?".

    signs: of command lines, too: "ls dash l" -> "ls -l"
    """
    language = language_of(code, signs)
    done = ""
    last: _Set | None = None
    for part in _parts(text.strip(), language):
        if isinstance(part, str):
            done = done + part if last is None else _with_words(done, part, last, language)
        else:
            done = _with_mark(done, part, language)
        last = part if isinstance(part, _Set) else None
    return done.strip(" ")


def _parts(text: str, language: Language) -> Iterator[str | _Set]:
    """Words and marks in turn."""
    words, position = "", 0
    for found in language.names.finditer(text):
        words += text[position : found.start()]
        position = found.end()
        mark = language.marks[_key(found["name"])]
        if found["escape"]:
            words += found["before"] + found["gap"] + found["name"] + found["after"]
        elif _is_word(found, mark, text, language):
            words += found[0]
        else:
            if words:
                yield words
            words = ""
            yield _set(mark, found["before"], found["after"])
    if words + text[position:]:
        yield words + text[position:]


def _is_word(found: re.Match[str], mark: Mark, text: str, language: Language) -> bool:
    """ "A period of time", "a dash of salt": the neighbours tell. Where Whisper set a mark, there is no neighbour."""
    word = r"[\w'’]+" if language.spaced else r"\w"
    previous = re.search(rf"({word})$", text[: found.start()]) if not found["before"] else None
    following = re.match(rf"\s*({word})", text[found.end() :]) if not found["after"] else None
    if previous and _key(previous[1]) in mark.not_after:
        return True
    if following is None:
        return False
    return (_DIGITS if following[1][0].isdigit() else _key(following[1])) in mark.not_before


def _set(mark: Mark, before: str, after: str) -> _Set:
    ended = any(char in _ENDS for char in before)
    kept = before if mark.space == "open" or (mark.space in ("close", "line") and ended) else ""
    tail = after if mark.space == "close" and not kept else ""
    dropped = before.removeprefix(kept) + after.removeprefix(tail)
    return _Set(mark, kept, tail, any(char in _ENDS for char in dropped))


def _with_mark(done: str, part: _Set, language: Language) -> str:
    done = done.rstrip(" ") + part.kept
    apart = part.mark.space in ("open", "free") and language.spaced and done and done[-1] not in "\n" + _STICKS_RIGHT
    return done + " " * bool(apart) + part.mark.write + part.tail


def _with_words(done: str, words: str, last: _Set, language: Language) -> str:
    words = words.lstrip()
    if not words:
        return done
    if last.mark.ends_sentence:
        words = words[0].upper() + words[1:]
    elif last.swallowed and last.mark.space in ("stop", "free"):
        words = _continued(words, language)
    apart = language.spaced and last.mark.space in ("stop", "close", "free")
    return done + " " * apart + words


def _continued(words: str, language: Language) -> str:
    """A small first letter, unless the word may be a name."""
    first = re.match(r"[\w'’]+", words)
    return words[0].lower() + words[1:] if first and first[0].casefold() in language.small else words


def unescaped(text: str, code: str) -> str | None:
    """What stands behind the escape word at the beginning; None where there is none."""
    found = re.match(
        rf"{re.escape(language_of(code).escape)}{_HEARD}?\s*(?P<rest>\S.*)", text, re.IGNORECASE | re.DOTALL
    )
    return found["rest"] if found else None


def typographic(text: str, code: str) -> str:
    """With the spaces that the language has inside of its marks."""
    if code != "fr":
        return text
    text = _HIGH.sub(lambda found: (_WIDE if found["mark"] == ":" else _NARROW) + found["mark"], text)
    return re.sub(
        rf"«[ {_WIDE}{_NARROW}]*(?=\S)", f"«{_WIDE}", re.sub(rf"(?<=\S)[ {_WIDE}{_NARROW}]*»", f"{_WIDE}»", text)
    )


def plain(text: str) -> str:
    """With what every keyboard has."""
    return text.translate(_PLAIN)


def small_start(text: str) -> str:
    """Without the capital of a sentence: not of "I", nor of a word that has more capitals, as PATH or iPhone."""
    first = re.match(r"[^\W\d_]+(?:['’][^\W\d_]+)*", text)
    if first is None or re.split("['’]", first[0])[0] == "I" or any(char.isupper() for char in first[0][1:]):
        return text
    return text[0].lower() + text[1:]


def joined(before: str, text: str, code: str, sentence: bool = True) -> str:
    """`text` as it continues what stands `before` it: with a space, and the right first letter.

    sentence: capitals follow the sentence; False leaves them
    """
    if not before or not text or text[0] in _LINE_STARTS:
        return text
    language = language_of(code)
    if sentence:
        text = _cased(before, text, language)
    if code == "fr" and not before[-1].isspace():
        if text[0] in ";!?»" or text[0] == ":":
            return (_WIDE if text[0] in ":»" else _NARROW) + text
        if before[-1] == "«":
            return _WIDE + text
    return " " * _needs_space(before, text) + text


def _cased(before: str, text: str, language: Language) -> str:
    line = before.rstrip(f" {_WIDE}{_NARROW}")
    if not line or line[-1] in _LINE_STARTS or _sentence_ended(line, language):
        return text[0].upper() + text[1:]
    return _continued(text, language)


def _sentence_ended(line: str, language: Language) -> bool:
    if line.rstrip(_CLOSERS)[-1:] not in tuple(".!?。！？"):
        return False
    return not any(re.search(rf"(?<!\w){re.escape(short)}$", line.casefold()) for short in language.abbreviations)


def _needs_space(before: str, text: str) -> bool:
    left, right = before[-1], text[0]
    if left.isspace() or right.isspace() or left in _STICKS_RIGHT or right in _STICKS_LEFT:
        return False
    if left == '"' or right == '"':  # the same mark opens and closes: it closes after an odd number
        is_open = before.rpartition("\n")[2].count('"') % 2 == 1
        return not is_open
    return not (_is_cjk(left) or _is_cjk(right))


def _is_cjk(char: str) -> bool:
    return (
        "\u2e80" <= char <= "\u9fff"
        or "\uf900" <= char <= "\ufaff"
        or "\uff00" <= char <= "\uff60"
        or char >= "\U00020000"
    )


def replaces_end(before: str, text: str) -> bool:
    """Whether `text` begins with a mark that was meant in place of the one that Whisper ended with."""
    return text[:1] in tuple(MARKS) and before[-1:] in tuple(".,!?;:。，！？；：、")


def without_stop(text: str) -> str:
    """Without a full stop at the end; an ellipsis stays."""
    ended = text.endswith((".", "。")) and not text.endswith(("..", "。。"))
    return text[:-1] if ended and not re.search(r"(?:^|\W)(?:\w\.)+$", text) else text  # "5 p.m." keeps its own
