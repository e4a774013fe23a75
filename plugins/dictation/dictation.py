"""Types what is said. The hidden intent `insert` gets every utterance of a dictation that is no editing command."""

from __future__ import annotations

import re
from collections.abc import Callable

from aihear_voice.plugin import Context, Reply, Then

from . import formatting

_LAST_WORDS = r"(?:\s*[^\s]+){{0,{n}}}\s*$"


def start(ctx: Context) -> Reply:
    # Not spoken: the first dictated words would run into it.
    return Reply(ctx.t("started"), speak=False, then=Then("dictate"))


def stop(ctx: Context) -> Reply:
    return Reply(ctx.t("stopped"), speak=False, then=Then("idle"))


def insert(ctx: Context, text: str) -> None:
    """One utterance of a dictation, as Whisper wrote it."""
    if ctx.settings["spoken_marks"]:
        text = formatting.spoken(text, ctx.language)
    _write(ctx, text.strip(" "), sentence=True)


def type_text(ctx: Context, text: str) -> None:
    if ctx.settings["spoken_marks"]:
        text = formatting.spoken(text, ctx.language)
    _write(ctx, text.strip(" "), sentence=False)


def mark(ctx: Context, name: str) -> Reply | None:
    """ "Insert a comma"."""
    if not formatting.is_mark(name, ctx.language):
        return Reply(ctx.t("no_mark", name=name))
    _write(ctx, formatting.spoken(name, ctx.language), sentence=True)
    return None


def new_line(ctx: Context) -> None:
    ctx.type("\n")


def new_paragraph(ctx: Context) -> None:
    ctx.type("\n\n")


def scratch(ctx: Context) -> Reply | None:
    return None if ctx.scratch() is not None else Reply(ctx.t("nothing_to_scratch"))


def delete_words(ctx: Context, count: int = 1) -> Reply | None:
    """The last words of what was typed last; further back only what "scratch that" reaches."""
    pattern = _LAST_WORDS.format(n=count)
    return _rewrite(ctx, lambda text: re.sub(pattern, "", text))


def change_case(ctx: Context, case: str) -> Reply | None:
    """case: upper, lower or title."""
    change = {"upper": str.upper, "lower": str.lower, "title": formatting.capitalised}[case]
    return _rewrite(ctx, change)


def _rewrite(ctx: Context, change: Callable[[str], str]) -> Reply | None:
    """Take back what was typed last, and type it changed."""
    text = ctx.scratch()
    if text is None:
        return Reply(ctx.t("nothing_to_scratch"))
    changed = change(text)
    if changed:
        ctx.type(changed)
    return None


def _write(ctx: Context, text: str, sentence: bool) -> None:
    if not text:
        return
    before = ctx.typed_before() if ctx.settings["join"] else ""
    if formatting.replaces_end(before, text):
        # "Comma" said after a pause: Whisper had ended the piece before with a full stop.
        last = ctx.scratch()
        if last is not None:
            ctx.type(last[:-1] + text)
            return
    ctx.type(formatting.joined(before, text, ctx.language, sentence))
