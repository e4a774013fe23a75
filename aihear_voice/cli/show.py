"""Events as lines that a person reads, or has read to them: words first, no symbols that carry a meaning alone."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

from rich.markup import escape

from ..events import (
    AudioDropped,
    ConfirmationAsked,
    DeviceBack,
    DeviceLost,
    Discarded,
    Event,
    Failed,
    FinalText,
    KeyHeld,
    Matched,
    NoMatch,
    PluginsLoaded,
    Ran,
    Ready,
    Replied,
    Scored,
    TurnEnded,
    Typed,
    Undone,
    WakeHeard,
)

LABEL_WIDTH = 15  # of "would take back"

_WOULD = {
    "typed": "would type",
    "pressed": "would press",
    "took back": "would take back",
    "scrolled": "would scroll",
    "started": "would start",
    "ran": "would run",
}

_DISCARDED = {
    "nothing_said": "nothing was said",
    "too_short": "that was too short to be speech",
    "no_speech": "that was no speech",
    "own_voice": "that was this program's own voice",
    "cancelled": "cancelled",
}
_OUTCOMES = {
    "kept": "not typed: it is on the clipboard, and in the history",
    "unreliable": "not acted on, because it was not heard well enough",
    "denied": "not done, because your settings or your answer say no",
    "busy": "not taken, because two requests are waiting already",
    "cancelled": "cancelled",
}
_EDITED = {"select": "selected", "undo": "undone", "redo": "done again"}
_STARTED = {"run": "started", "call": "ran"}
_OTHER = {"unset": "cancelled"}  # a plugin's own way of doing is shown by its name
_LOST = {
    "stalled": "no sound comes from it",
    "stopped": "it was unplugged or closed",
    "silent": "it delivers nothing but silence; is it switched off?",
    "failed": "it failed",
}


def line(event: Event, dry_run: bool = False) -> str | None:
    """One line with rich's markup, or None for what is not worth one. dry_run: say "would ..." of what is done."""
    show = _SHOWN.get(type(event))
    found = show(event) if show is not None else None
    if found is None:
        return None
    label, text, style = found
    if dry_run:
        label = _WOULD.get(label, label)
    return f"[{style}]{label:>{LABEL_WIDTH}}[/]  {escape(text)}"


_Shown = tuple[str, str, str] | None  # label, text, style


def _ready(event: Ready) -> _Shown:
    ways = [f"say “{word}”" for word in event.wake_words] + ([f"hold the key {event.key}"] if event.key else [])
    invitation = f"; {' or '.join(ways)}" if ways else ""
    return "listening", f"on {event.microphone}, with the model {event.model}{invitation}", "bold green"


def _key(event: KeyHeld) -> _Shown:
    return ("key", f"{event.key} is held", "dim") if event.down else None


def _final(event: FinalText) -> _Shown:
    doubt = "" if event.reliable else "  (not sure)"
    return ("you said", f"{event.text}{doubt}", "bold") if event.text else None


def _discarded(event: Discarded) -> _Shown:
    text = _DISCARDED.get(event.reason)
    return ("ignored", text, "dim") if text else None


def _matched(event: Matched) -> _Shown:
    slots = ", ".join(f"{name} {value}" for name, value in event.slots.items())
    doing = event.intent.replace("_", " ")
    return "understood", f"{event.plugin}: {doing}{f' ({slots})' if slots else ''}", "cyan"


def _typed(event: Typed) -> _Shown:
    if event.method == "dry_run":
        return _WOULD["typed"], event.text, "green"
    return "typed", f"{event.text}{f'  (into {event.target})' if event.target else ''}", "green"


def _ran(event: Ran) -> _Shown:
    if event.method == "press":
        return "pressed", " ".join(event.argv), "green"
    if event.method == "scratch":
        return "took back", event.argv[0], "green"
    if event.method == "replace":
        old, new = event.argv
        return "edited", f"{old.strip()} -> {new.strip()}" if new else f"without {old.strip()}", "green"
    if event.method in _EDITED:
        return _EDITED[event.method], " ".join(event.argv), "green"
    if event.method == "scroll":
        return "scrolled", "down" if event.argv[0].startswith("-") else "up", "green"
    if event.method not in _STARTED:
        return _OTHER.get(event.method, event.method), " ".join(event.argv), "green"
    return _STARTED[event.method], shlex.join(event.argv), "green"


def _scored(event: Scored) -> _Shown:
    if event.score is None:
        return "not scored", f"{event.target}: {event.refused}", "yellow"
    return "scored", f"{event.target}: {event.score:.0f} of 100", "magenta"


def _lost(event: DeviceLost) -> _Shown:
    why = _LOST.get(event.reason, event.reason)
    return "lost", f"{event.device}: {why}. It is tried again until it is back.", "bold yellow"


def _failed(event: Failed) -> _Shown:
    return "failed", f"{event.message}{f' ({event.hint})' if event.hint else ''}", "bold red"


def _ended(event: TurnEnded) -> _Shown:
    text = _OUTCOMES.get(event.outcome)
    return ("ended", text, "yellow") if text else None


_SHOWN: dict[type[Event], Callable[[Any], _Shown]] = {
    Ready: _ready,
    WakeHeard: lambda event: ("heard", event.word, "dim"),
    KeyHeld: _key,
    FinalText: _final,
    Discarded: _discarded,
    Matched: _matched,
    NoMatch: lambda event: ("no match", f"no request of mine is like “{event.text}”", "yellow"),
    ConfirmationAsked: lambda event: ("asks", event.question, "bold magenta"),
    Replied: lambda event: ("answer", event.text, "bold blue") if event.text else None,
    Typed: _typed,
    Ran: _ran,
    Undone: lambda event: ("undone", f"{event.plugin}: {event.intent.replace('_', ' ')}", "green"),
    Scored: _scored,
    AudioDropped: lambda event: ("lost", f"{event.seconds:.1f} s of sound: this computer is too busy", "yellow"),
    DeviceLost: _lost,
    DeviceBack: lambda event: ("back", f"{event.device} can be heard again", "bold green"),
    PluginsLoaded: lambda event: ("plugins", f"read anew: {', '.join(event.plugins)}", "green"),
    Failed: _failed,
    TurnEnded: _ended,
}
