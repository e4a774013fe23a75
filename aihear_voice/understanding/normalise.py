"""Text as Whisper writes it -> plain words to be matched, each with its place in the original.

Nothing is lost: a slot's free text is cut from the original by these places.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from .languages import table

_CJK = "\u3400-\u4dbf\u4e00-\u9fff"
_PARTS = re.compile(
    rf"""(?P<initials>(?:[^\W\d_]\.){{2,}}|[^\W\d_]\.[^\W\d_]\b)  # p.m.
    | (?P<fraction>(?<![\d/])(?:1/2|1/4|3/4)(?![\d/])|[½¼¾])
    | (?P<figure>\d+(?:[.,:]\d+)*)
    | (?P<cjk>[{_CJK}])
    | (?P<word>(?:(?![{_CJK}])[^\W\d_])+(?:['’](?:(?![{_CJK}])[^\W\d_])+)*)
    | (?P<sign>%)""",
    re.VERBOSE,
)
_BREAK = re.compile(r"[^\s\-–]")  # anything but white space and hyphens between two words separates them
_APOSTROPHES = str.maketrans("’‘`´", "''''")
_TEMPLATE = re.compile(r"(\{[^}]*\}|<[^>]*>|[()\[\]|;])")
_FRACTIONS = {"1/2": "½", "1/4": "¼", "3/4": "¾"}
_CLOSING_MARKS = ".,;:!?…。，；：！？、"


@dataclass(frozen=True)
class Token:
    """A word, a figure, a Chinese character, or %.

    text: folded; raw: in small letters, accents kept; start, end: where it stands in the original
    apart: a mark stands between it and the token before
    """

    text: str
    raw: str
    start: int
    end: int
    apart: bool = False

    @property
    def cjk(self) -> bool:
        return is_cjk(self.text[:1])


def is_cjk(character: str) -> bool:
    return "\u3400" <= character <= "\u4dbf" or "\u4e00" <= character <= "\u9fff"


@lru_cache(maxsize=256)
def tokens(text: str, language: str) -> tuple[Token, ...]:
    """The words of a sentence without fillers ("uh"); a contraction makes two at one place."""
    found: list[Token] = []
    end = 0
    fillers = _words(language, "fillers")
    for part in _PARTS.finditer(text):
        apart = bool(found) and _BREAK.search(text, end, part.start()) is not None
        end = part.end()
        for start, stop in _elided(part, language):
            raw = unicodedata.normalize("NFKC", text[start:stop]).casefold()
            for number, word in enumerate(_expand(text[start:stop], language)):
                found.append(Token(word, raw, start, stop, apart and start == part.start() and number == 0))
    kept = [token for token in found if token.text not in fillers]
    return tuple(kept or found)  # a filler said alone is a word: "hm" may be an answer


def _elided(part: re.Match[str], language: str) -> Iterator[tuple[int, int]]:
    """French "l'heure" is two words."""
    pattern = _elisions(language)
    start = part.start()
    while pattern is not None and (hit := pattern.match(part.string, start, part.end())) and hit.end() < part.end():
        yield hit.span()
        start = hit.end()
    yield start, part.end()


def _expand(part: str, language: str) -> list[str]:
    if part in _FRACTIONS or part in _FRACTIONS.values():
        return [_FRACTIONS.get(part, part)]
    word = fold(part, language).replace(".", "") if not part[:1].isdigit() else fold(part, language)
    return _contractions(language).get(word, word).split()


@lru_cache(maxsize=4096)
def fold(text: str, language: str) -> str:
    """Small letters without accents, figures in ASCII, simplified characters."""
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_APOSTROPHES)
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFD", plain)
        plain = "".join(character for character in decomposed if unicodedata.category(character) != "Mn")
        if language == "zh":
            plain = plain.translate(_variants(language))
    return plain


def join(parts: Sequence[Token]) -> tuple[str, list[int]]:
    """The words with spaces between them (none beside Chinese characters), and where each begins."""
    text, starts = "", []
    close = True  # to what comes next: the beginning, or a Chinese character
    for token in parts:
        cjk = is_cjk(token.text[:1])
        if not (close or cjk):
            text += " "
        starts.append(len(text))
        text += token.text
        close = cjk
    return text, starts


def template(sentence: str, language: str) -> str:
    """A hassil template whose literal text is folded like the sentences that it is to match."""
    return "".join(
        part if _TEMPLATE.fullmatch(part) else _fold_literal(part, language)
        for part in _TEMPLATE.split(sentence)
        if part
    )


@lru_cache(maxsize=8192)
def _fold_literal(literal: str, language: str) -> str:
    folded = fold(literal, language)
    spaced = re.sub(r"(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)", " ", folded)
    marked = re.sub(r"[^\w\s'%]", " ", spaced.replace("_", " "))
    marked = _contracted(language).sub(lambda found: _contractions(language)[found[0]], marked)
    if language == "zh":
        return re.sub(rf"\s+(?=[{_CJK}])|(?<=[{_CJK}])\s+|^\s+|\s+$", "", marked)
    marked = elided(marked, language)
    literal += " " if marked.endswith("' ") else ""
    # White space at the edges means a word's end there: it must stay as it is written.
    before = " " if marked[:1].isspace() and literal[:1].isspace() else ""
    after = " " if marked[-1:].isspace() and literal[-1:].isspace() else ""
    return before + " ".join(marked.split()) + after if marked.strip() else (" " if literal.isspace() else "")


def readings(
    parts: Sequence[Token], language: str, wake_words: Sequence[str], polite: bool
) -> Iterator[Sequence[Token]]:
    """The sentence without what is said around a command, then with ever more of it; each once.

    The barest comes first, so that "search for cats, please" looks for cats; what is a command only as a
    whole ("can you hear me") is found by a later one.
    polite: leave out "please", "could you" and the like; the wake phrase ("hey jarvis") is left out always
    """
    named = _without_wake(parts, language, wake_words, guess=polite)
    variants = [_without_politeness(named, language), named, parts] if polite else [named, parts]
    seen: set[tuple[int, int]] = set()
    for variant in variants:
        place = (variant[0].start, variant[-1].end) if variant else (0, 0)
        if variant and place not in seen:
            seen.add(place)
            yield variant


def _without_wake(parts: Sequence[Token], language: str, wake_words: Sequence[str], guess: bool) -> Sequence[Token]:
    """Without a leading "Hey Jarvis," or what was left of it."""
    greetings = _words(language, "greetings") | _words("en", "greetings")
    names = {tuple(fold(phrase, language).split()) for phrase in wake_words}
    names |= {name[1:] for name in names if len(name) > 1}
    while True:
        after = 1 if parts and parts[0].text in greetings else 0
        length = next((n for n in (3, 2, 1) if tuple(t.text for t in parts[after : after + n]) in names), 0)
        if not length and guess and after and len(parts) > 2 and parts[2].apart and not parts[1].apart:
            length = 1  # "Hey Travis, …": a greeting, a name and a comma are a misheard wake phrase
        rest = parts[after + length :] if length else parts
        if len(rest) in (0, len(parts)):
            return parts
        parts = rest


def _without_politeness(parts: Sequence[Token], language: str) -> Sequence[Token]:
    openings = _phrases(language, "openings") + _phrases(language, "greetings")
    closings = _phrases(language, "closings")
    while True:
        words = tuple(token.text for token in parts)
        front = next((len(phrase) for phrase in openings if words[: len(phrase)] == phrase), 0)
        back = next((len(phrase) for phrase in closings if words[-len(phrase) :] == phrase), 0)
        rest = parts[front : len(parts) - back]
        if not rest or not front + back:
            return parts
        parts = rest


def elided(text: str, language: str) -> str:
    """With a space behind French l', d', qu' and the like."""
    pattern = _elisions(language)
    return pattern.sub(lambda hit: f"{hit.group()} ", text) if pattern is not None else text


def bare(text: str, language: str) -> str:
    """All words folded, in one line: to compare short answers."""
    return join(tokens(text, language))[0]


def bare_words(text: str, language: str) -> list[str]:
    """All words folded, fillers too."""
    return [word for part in _PARTS.finditer(text) for word in _expand(part.group(), language)]


def is_no_name(words: Sequence[str], language: str) -> bool:
    """Whether folded words, which are no name that is known, cannot be one: "your mouth", "the door"."""
    never = _words(language, "no_names")
    return any(part in word if is_cjk(part) else part == word for word in ("".join(words), *words) for part in never)


def cut(text: str, start: int, end: int) -> str:
    """Free text as it was written, without marks at its ends."""
    return text[start:end].strip().strip(_CLOSING_MARKS).strip()


@cache
def _words(language: str, key: str) -> frozenset[str]:
    return frozenset(table(language).get(key, ()))


@cache
def _phrases(language: str, key: str) -> tuple[tuple[str, ...], ...]:
    """Longest first."""
    phrases = (tuple(t.text for t in tokens(phrase, language)) for phrase in table(language).get(key, ()))
    return tuple(sorted(phrases, key=len, reverse=True))


@cache
def _elisions(language: str) -> re.Pattern[str] | None:
    """What loses its last letter before a vowel, at a word's beginning."""
    pattern = table(language).get("elisions")
    return re.compile(rf"(?<!\w){pattern}", re.IGNORECASE) if pattern else None


@cache
def _contracted(language: str) -> re.Pattern[str]:
    """Any contraction, the longest first."""
    known = "|".join(map(re.escape, sorted(_contractions(language), key=len, reverse=True)))
    return re.compile(rf"(?<![\w'])(?:{known})(?![\w'])" if known else "(?!)")


@cache
def _contractions(language: str) -> dict[str, str]:
    return dict(table(language).get("contractions", {}))


@cache
def _variants(language: str) -> dict[int, str]:
    variants = table(language)["variants"]
    return dict(zip(map(ord, variants["traditional"]), variants["simplified"], strict=True))
