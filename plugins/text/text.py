"""Reads the selection aloud, spells words, counts, and translates by a model on this computer, where there is one."""

from __future__ import annotations

import functools
import re
import tomllib
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from aihear_voice.plugin import Context, Reply, graphemes

from . import translation

_CJK = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_SPELT_MOST = 60  # letters


@functools.cache
def _alphabets() -> Mapping[str, Mapping[str, str]]:
    return tomllib.loads((Path(__file__).parent / "alphabets.toml").read_text(encoding="utf-8"))


# What is selected


def read_selection(ctx: Context, language: str = "") -> Reply | str:
    """language: that it is to be read in; else the sentence's, or Chinese where it is that."""
    text = ctx.read_selected()
    if not text or not text.strip():
        return _nothing(ctx, text)
    most = int(ctx.settings["read_most"])
    read = text.strip() if len(text) <= most else f"{text[:most].strip()} …"
    chosen = language or ("zh" if len(_CJK.findall(read)) > len(read) / 4 else ctx.language)
    return Reply(read, model=read, language=chosen)


def count_selection(ctx: Context, what: str = "word") -> str:
    """what: word, character, line or sentence; words and characters are always told."""
    text = ctx.read_selected()
    if not text or not text.strip():
        return _nothing(ctx, text)
    counts = {
        "word": _words(text),
        "character": sum(1 for sign in graphemes(text) if not sign.isspace()),
        "line": len(text.strip("\n").splitlines()),
        "sentence": len([part for part in re.split(r"[.!?…](?=\s|$)|[。！？]|\n\s*\n", text) if part.strip()]),
    }
    kinds = list(dict.fromkeys([what, "word", "character"]))[:2]
    told = [_counted(ctx, kind, counts[kind]) for kind in kinds]
    return ctx.t("counted", first=told[0], second=told[1])


def _nothing(ctx: Context, text: str | None) -> str:
    return ctx.t("cannot_tell" if text is None else "nothing_selected")


def _counted(ctx: Context, kind: str, count: int) -> str:
    return ctx.t(kind if count == 1 else f"{kind}s", n=count)


def _words(text: str) -> int:
    """Each Chinese character counts as one, as word processors do."""
    return len(_CJK.findall(text)) + len(_WORD.findall(_CJK.sub(" ", text)))


# Words


def count_letters(ctx: Context, word: str) -> str:
    count = sum(1 for sign in graphemes(word) if sign[0].isalpha())
    return ctx.t("letters_of", word=word, letters=_counted(ctx, "letter", count))


def spell_word(ctx: Context, word: str) -> str:
    """Letter by letter; Chinese characters with how they are pronounced."""
    if _CJK.search(word):
        return ctx.t("spelt", word=word, letters=_pinyin(ctx, word))
    letters = [_letter(ctx, sign) for sign in graphemes(unicodedata.normalize("NFC", word))]
    return _spelt(ctx, word, [letter for letter in letters if letter])


def spell_alphabet(ctx: Context, word: str, alphabet: str = "nato") -> str:
    """alphabet: nato, or the language's own."""
    table = _alphabets().get(ctx.language if alphabet == "own" else "nato", _alphabets()["nato"])
    letters = [_named(ctx, sign, table) for sign in graphemes(unicodedata.normalize("NFC", word))]
    return _spelt(ctx, word, [letter for letter in letters if letter])


def _spelt(ctx: Context, word: str, letters: list[str]) -> str:
    if not 0 < len(letters) <= _SPELT_MOST:
        return ctx.t("too_long" if letters else "no_word")
    return ctx.t("spelt", word=word, letters=", ".join(letters))


def _named(ctx: Context, sign: str, table: Mapping[str, str]) -> str:
    """The word for a letter; without its accent where the alphabet has none for it."""
    plain = unicodedata.normalize("NFD", sign.casefold())[:1]
    return table.get(sign.lower()) or table.get(plain) or _letter(ctx, sign)


def _letter(ctx: Context, sign: str) -> str:
    """As voices read it by itself: capital letters."""
    signs = {"-": "hyphen", "’": "apostrophe", "'": "apostrophe", ".": "point", "@": "at", "_": "underscore"}
    if sign in signs:
        return ctx.t(signs[sign])
    upper = sign.upper()
    return (upper if len(upper) == len(sign) else sign) if sign[0].isalnum() else ""


def _pinyin(ctx: Context, word: str) -> str:
    from pypinyin import pinyin

    characters = [character for character in word if _CJK.match(character)][:_SPELT_MOST]
    return ", ".join(f"{character} {pinyin(character)[0][0]}" for character in characters)


# Translation


def translate(ctx: Context, text: str, target: str) -> Reply | str:
    return _translated(ctx, text, target)


def translate_selection(ctx: Context, target: str) -> Reply | str:
    text = ctx.read_selected()
    if not text or not text.strip():
        return _nothing(ctx, text)
    return _translated(ctx, text[: int(ctx.settings["read_most"])], target)


def _translated(ctx: Context, text: str, target: str) -> Reply | str:
    source = "zh" if len(_CJK.findall(text)) > len(text) / 4 else ctx.language
    if source == target:
        return Reply(text, model=text, language=target)
    try:
        found = translation.translated(text, source, target, str(ctx.settings["packages"]))
    except translation.NotInstalled:
        return ctx.t("no_translator")
    except translation.NoPackage:
        return ctx.t(
            "no_package", source=source, target=target, folder=translation.folder(str(ctx.settings["packages"]))
        )
    return Reply(found, model=found, language=target)
