"""Types what is said, and edits it. The hidden intent `insert` gets every utterance of a dictation that is no command.

Every edit replaces the end of what we typed: the program looks whether that still stands there, and else refuses.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass

from aihear_voice.plugin import Context, Reply, Then

from . import editing, figures, formatting, profiles, replacements, spelling
from .profiles import Profile

MOST = 200  # words at a time; more was misheard
SURE = 0.5  # probability of a spoken count from which so much is deleted
_HELD = 40  # characters that tell whether the text still ends as it did
_PLACES = {"end": "end", "start": "home", "bottom": "ctrl+end", "top": "ctrl+home"}


@dataclass
class _State:
    """What lasts from one utterance to the next.

    mode: text, spell or numbers; begun: something was spelled in it already, and the next letters follow that
    glued: the next piece follows without a space
    held: the text at whose end a full stop was left out, which is set when the text goes on
    """

    mode: str = "text"
    begun: bool = False
    glued: bool = False
    held: str = ""


_state = _State()


# Dictation and its modes


def start(ctx: Context) -> Reply:
    _set_mode("text")
    # Not spoken: the first dictated words would run into it.
    return Reply(ctx.t("started"), speak=False, then=Then("dictate"))


def stop(ctx: Context) -> Reply:
    _set_mode("text")
    return Reply(ctx.t("stopped"), speak=False, then=Then("idle"))


def mode(ctx: Context, name: str) -> Reply:
    """name: text, spell or numbers."""
    _set_mode(name)
    return Reply(ctx.t(f"mode_{name}"), speak=False)


def _set_mode(name: str) -> None:
    _state.mode, _state.begun, _state.glued, _state.held = name, False, False, ""


# Text


def insert(ctx: Context, text: str) -> Reply | None:
    """One utterance of a dictation, as Whisper wrote it."""
    text = text.strip()
    if _state.mode != "text":
        return _insert_signs(ctx, text)
    profile = _profile(ctx)
    own = replacements.whole(text, ctx.settings["replacements"])
    if own is not None:
        _type(ctx, own if profile.breaks else " ".join(own.split()), profile, sentence=False)
        return None
    _type(ctx, _formatted(ctx, text, profile), profile, sentence=not profile.style)
    return None


def type_text(ctx: Context, text: str) -> None:
    if ctx.settings["spoken_marks"]:
        text = formatting.typographic(formatting.spoken(text, ctx.language), ctx.language)
    _type(ctx, text.strip(" "), _profile(ctx), sentence=False)


def mark(ctx: Context, name: str) -> Reply | None:
    """ "Insert a comma"."""
    if not formatting.is_mark(name, ctx.language):
        return Reply(ctx.t("no_mark", name=name))
    _type(ctx, formatting.spoken(name, ctx.language), _profile(ctx), sentence=True)
    return None


def code_name(ctx: Context, style: str, text: str) -> None:
    """ "Snake case get user name"."""
    _type(ctx, editing.styled(text, style), _profile(ctx), sentence=False)


def spell(ctx: Context, text: str) -> Reply | None:
    """ "Spell alpha bravo capital charlie"; where it is no spelling, it is text."""
    made = spelling.spelled(text, ctx.language)
    if made is None:
        return insert(ctx, ctx.text)
    _type(ctx, made, _profile(ctx), sentence=False)
    return None


def date(ctx: Context) -> None:
    """ "Insert the date": as the person's settings write it."""
    _type(ctx, ctx.now().strftime(str(ctx.settings["date_format"])), _profile(ctx), sentence=False)


def new_line(ctx: Context) -> None:
    _type(ctx, "\n", _profile(ctx), sentence=False)


def new_paragraph(ctx: Context) -> None:
    _type(ctx, "\n\n", _profile(ctx), sentence=False)


def tab(ctx: Context) -> None:
    ctx.press("tab")


def enter(ctx: Context) -> None:
    """What sends a message, or runs a command: only where it is said."""
    _state.held = ""
    ctx.press("enter")


def no_space(ctx: Context) -> None:
    _state.glued = True


def _insert_signs(ctx: Context, text: str) -> Reply | None:
    """In spell mode and numbers mode."""
    if _state.mode == "spell":
        made = spelling.spelled(text, ctx.language)
    else:
        made = figures.digits(text, ctx.values(text), ctx.language)
    if not made:
        return Reply(ctx.t(f"not_{_state.mode}", text=text.rstrip(".")))
    if _state.begun:
        ctx.type(made)
    else:
        _type(ctx, made, _profile(ctx), sentence=False)
    _state.begun = True
    return None


def _formatted(ctx: Context, text: str, profile: Profile) -> str:
    """What was heard, as this application wants it."""
    meant = formatting.unescaped(text, ctx.language)
    if meant is not None and ctx.means(meant) is not None:
        text = meant
    elif ctx.settings["spoken_marks"]:
        text = formatting.spoken(text, ctx.language, profile.signs)
    text = replacements.inside(text, ctx.settings["replacements"])
    if _asks_for_figures(profile):
        text = figures.written(text, ctx.language, ctx.values(text), profile)
    if profile.style:
        return editing.styled(text, profile.style)
    if not profile.capitals:
        text = formatting.small_start(text)
    if profile.full_stop == "drop":
        text = formatting.without_stop(text)
    return formatting.plain(text) if profile.plain else formatting.typographic(text, ctx.language)


def _asks_for_figures(profile: Profile) -> bool:
    return {profile.numbers, profile.times, profile.currencies, profile.dates} != {"heard"}


def _profile(ctx: Context) -> Profile:
    app, title = ctx.where()
    return profiles.choose(app, title, ctx.settings["profiles"], str(ctx.settings["profile"]))


def _type(ctx: Context, text: str, profile: Profile, sentence: bool) -> None:
    """Joined to what stands there. A selected text of ours is replaced."""
    text = text.strip(" ")
    if not text:
        return
    glued, _state.glued = _state.glued, False
    before = ctx.typed_before() if ctx.settings["join"] and not glued else ""
    capitals = sentence and profile.capitals
    selected = ctx.selected()
    if selected:
        text = _in_place_of(selected, text, ctx.language, capitals)
        if ctx.replace(selected, text):
            return
    before, text = _after_whispers_mark(ctx, before, text)
    stop, short = _later(before, text) if profile.full_stop == "later" else ("", text)
    put = stop + formatting.joined(before + stop, short, ctx.language, capitals)
    _put(ctx, formatting.plain(put) if profile.plain else put, profile.line)
    _state.held = (before + put)[-_HELD:] if short != text else ""


def _after_whispers_mark(ctx: Context, before: str, text: str) -> tuple[str, str]:
    """ "Comma" said after a pause takes the place of the full stop that Whisper had ended the piece before with.

    Returns what stands there then, and the rest of the text.
    """
    if not formatting.replaces_end(before, text):
        return before, text
    mark = formatting.joined(before[:-1], text[0], ctx.language, sentence=False)
    return (before[:-1] + mark, text[1:]) if ctx.replace(before[-1], mark) else (before, text)


def _put(ctx: Context, text: str, line: str) -> None:
    """line: the key of a new line."""
    if line == "enter":
        ctx.type(text)
        return
    for part in re.split(r"(\n)", text):
        if part == "\n":
            ctx.press(line)
        elif part:
            ctx.type(part)


def _later(before: str, text: str) -> tuple[str, str]:
    """The full stop that is owed to the piece before, and the text without its own, which is set when it goes on."""
    owed = bool(_state.held) and before.endswith(_state.held) and text[:1] not in ("\n", *formatting.MARKS)
    return "." * owed, formatting.without_stop(text)


def _in_place_of(selected: str, text: str, language: str, capitals: bool) -> str:
    """A word for a word: neither its capital nor its full stop is taken from Whisper, which sees a sentence."""
    if capitals and selected[0].islower() and language not in ("de", "zh"):
        text = formatting.small_start(text)
    return text if selected.endswith((".", "。")) else formatting.without_stop(text)


# Edits


def scratch(ctx: Context) -> Reply | None:
    taken = _taken_back(ctx)
    if taken is not None:
        return taken
    _state.held = ""
    return None if ctx.scratch() is not None else Reply(ctx.t("nothing_to_scratch"))


def undo(ctx: Context, times: int = 1) -> Reply | None:
    return _taken_back(ctx) or _repeated(ctx, ctx.undo, "undo", times)


def take_back(ctx: Context) -> Reply | None:
    return undo(ctx)


def _taken_back(ctx: Context) -> Reply | None:
    """What was done last, whichever plugin did it; None where that is text, as it always is while dictating."""
    taken = ctx.take_back() if ctx.purpose == "assist" else "text"
    return Reply(ctx.t(taken)) if taken in ("undone", "cannot") else None


def redo(ctx: Context, times: int = 1) -> Reply | None:
    return _repeated(ctx, ctx.redo, "redo", times)


def _repeated(ctx: Context, step: Callable[[], bool | None], action: str, times: int) -> Reply | None:
    """The application's own undo is a command's only, and only where nothing of ours can be meant."""
    _state.held = ""
    for _ in range(min(int(times), MOST)):
        done = step()
        if done is None and ctx.purpose == "assist":
            ctx.press(action)
        elif not done:
            return Reply(ctx.t(f"nothing_to_{action}"))
    return None


def delete(ctx: Context, unit: str = "word", count: int = 1) -> Reply | None:
    """The last words, sentences …, of one or more pieces."""
    _state.held = ""
    if not _sure(ctx, count):
        return Reply(ctx.t("how_many"))
    text = _reached(ctx, unit, count)
    return None if text and ctx.replace(text, "") else Reply(ctx.t("nothing_to_scratch"))


def select(ctx: Context, unit: str = "word", count: int = 1) -> Reply | None:
    """What is typed next takes its place."""
    text = ctx.last_typed() if unit == "piece" else _reached(ctx, unit, count)
    text = text.lstrip(" ")
    return None if text and ctx.select(text) else Reply(ctx.t("nothing_to_scratch"))


def _sure(ctx: Context, count: float) -> bool:
    """A small model makes "12 words" of "word", and is not sure of the 12. Measured with the starter, four voices: of
    11 right counts 9 had a probability above 0.5; of 9 wrong ones none was above 0.36.
    """
    if count == 1 or ctx.audio is None:
        return True
    heard = ctx.transcript.words if ctx.transcript is not None and ctx.transcript.words else ctx.word_times().words
    return all(word.probability >= SURE for word in heard if any(v.kind == "number" for v in ctx.values(word.text)))


def _reached(ctx: Context, unit: str, count: float) -> str:
    return editing.end_of(ctx.typed(), unit, max(1, min(int(count), MOST)))


def correct(ctx: Context, change: str, to: str = "") -> Reply | None:
    """ "Correct their to there": the last one of what we typed. What is not put like that is text.

    to: where the template itself tells the two apart
    """
    language, typed = formatting.language_of(ctx.language), ctx.typed()
    readings = [(change, to)] if to else list(editing.splits(change, language.becomes, language.spaced))
    if not readings:
        return insert(ctx, ctx.text)
    said = (editing.corrected(typed, old, new, language.spaced) for old, new in readings if old != new)
    alike = (editing.meant(typed, old, new, language.alike, language.spaced) for old, new in readings)
    found = next(filter(None, itertools.chain(said, alike)), None)
    if found is None:
        return Reply(ctx.t("not_typed", text=readings[-1][0]))
    return None if ctx.replace(found.old, found.new) else Reply(ctx.t("moved"))


def how_to_correct(ctx: Context) -> Reply:
    return Reply(ctx.t("how_to_correct"), speak=False)


def change_case(ctx: Context, case: str) -> Reply | None:
    """Of what is selected, else of what was said last. case: upper, lower or title."""
    text = ctx.selected() or ctx.last_typed()
    if not text:
        return Reply(ctx.t("nothing_to_scratch"))
    changed = editing.recased(text, case)
    return None if changed == text or ctx.replace(text, changed) else Reply(ctx.t("moved"))


def go(ctx: Context, place: str) -> None:
    """To the start or end of the line, or of the document; a terminal has but one line."""
    chord = _PLACES[place]
    ctx.press(chord.removeprefix("ctrl+") if _profile(ctx).name == "terminal" else chord)
