"""Presses keys in the focused window."""

from __future__ import annotations

from aihear_voice.plugin import Context, WindowAction

MOST = 100  # more repeats than that were misheard


def press(ctx: Context, key: str, modifiers: str = "", times: int = 1) -> str | None:
    """ "press control shift t", "press backspace five times"."""
    return _press(ctx, f"{modifiers}+{key}" if modifiers else key, times)


def move(ctx: Context, direction: str, times: int = 1) -> str | None:
    """ "down five", "go left three times"."""
    return _press(ctx, direction, times)


def edit(ctx: Context, action: str, times: int = 1) -> str | None:
    """What a program does on a chord of its own: copy, new_tab, undo."""
    return _press(ctx, action, times)


def scroll(ctx: Context, direction: str, times: int = 1) -> str | None:
    if not 1 <= times <= MOST:
        return ctx.t("too_many", most=MOST)
    ctx.scroll(int(ctx.settings["scroll_steps"]) * int(times) * (1 if direction == "up" else -1))
    return None


def window(ctx: Context, action: WindowAction) -> str | None:
    """Of the focused window. A program with unsaved work asks before it closes."""
    return None if ctx.window(action) is not None else ctx.t("no_window")


def _press(ctx: Context, chord: str, times: float) -> str | None:
    if times != int(times) or not 1 <= times <= MOST:
        return ctx.t("too_many", most=MOST)
    ctx.press(chord, int(times))
    return None
