"""Programs, windows, workspaces, sound, brightness, players, screenshots, power, and the person's own commands."""

from __future__ import annotations

import functools
import os
import re
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from aihear_voice.errors import DeviceError
from aihear_voice.plugin import Context, PluginError, Reply, Then

from . import own as own_commands
from . import players

if TYPE_CHECKING:
    from aihear_voice.plugin import WindowAction

_SLOW_S = 15.0  # a screenshot of several large screens
_WORKSPACES = 20  # more were misheard
_OUTPUT_CHARACTERS = 400  # more than that nobody wants to hear
_PERCENT = re.compile(r"(\d+)\s*%|Volume:\s*([\d.]+)|^(\d+)(?:\.\d+)?$|<(\d+)>", re.MULTILINE)
_DARKEST = 5  # percent: darker by voice, and nobody finds the way back


@functools.cache
def _tools() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "tools.toml").read_text(encoding="utf-8"))


# Programs


def open_program(ctx: Context, program: str) -> Reply | str:
    argv = _argv(ctx, program)
    if argv is None:
        return ctx.t("no_program", program=program)
    ctx.run(argv)
    return Reply(ctx.t("opening", program=program), speak=False)


def close_program(ctx: Context, program: str) -> str | None:
    """Asks its window to close, as its own button does; a program with unsaved work asks in turn."""
    for name in _window_names(ctx, program):
        if ctx.window("close", name) is not None:
            return None
    return ctx.t("not_open", program=program)


def switch_to(ctx: Context, program: str) -> Reply | str | None:
    """To its window; where there is none, the program is opened."""
    for name in _window_names(ctx, program):
        if ctx.window("activate", name) is not None:
            return None
    return open_program(ctx, program)


def _argv(ctx: Context, program: str) -> Sequence[str] | None:
    name = own_commands.plain(program)
    for known, argv in ctx.settings["programs"].items():
        if own_commands.plain(known) == name:
            return [argv] if isinstance(argv, str) else list(argv)
    for candidate in _candidates(ctx, name):
        if shutil.which(candidate):
            return [candidate]
    return ctx.find_program(name)


def _candidates(ctx: Context, name: str) -> list[str]:
    tools = _tools()
    name = name.removeprefix("l ") if ctx.language == "fr" else name
    names: Mapping[str, str] = tools["names"].get(ctx.language, {})
    kind = names.get(name) or tools["names"]["en"].get(name) or name
    return list(tools["programs"].get(kind, ()))


def _window_names(ctx: Context, program: str) -> list[str]:
    """What its window may be called."""
    name = own_commands.plain(program)
    argv = _argv(ctx, program)
    command = [Path(argv[0]).name] if argv else []
    return list(dict.fromkeys([name, *command, *_candidates(ctx, name)]))


# Tools: the first that is installed and works


def _use(ctx: Context, tools: Sequence[Sequence[str]], timeout: float = 5.0, **values: object) -> str | None:
    """What it printed; None where there is no tool for that, or none that works."""
    for tool in tools:
        if shutil.which(tool[0]):
            try:
                return ctx.call([part.format(**values) for part in tool], timeout)
            except DeviceError:  # there, but not for this desktop
                continue
    return None


# Sound


def volume_up(ctx: Context, percent: int | None = None) -> Reply | str:
    return _change_volume(ctx, ctx.settings["volume_step"] if percent is None else percent)


def volume_down(ctx: Context, percent: int | None = None) -> Reply | str:
    return _change_volume(ctx, -(ctx.settings["volume_step"] if percent is None else percent))


def set_volume(ctx: Context, percent: int) -> Reply | str:
    if not 0 <= percent <= 100:
        return ctx.t("volume_range")
    return _set(ctx, "volume", percent, _level(ctx, "volume"))


def _change_volume(ctx: Context, change: int) -> Reply | str:
    return _change(ctx, "volume", change, 0, ("louder", "quieter"))


def mute(ctx: Context) -> Reply | str:
    return _done(ctx, "volume", "mute", "muted", "no_volume", back="unmute")


def unmute(ctx: Context) -> Reply | str:
    return _done(ctx, "volume", "unmute", "unmuted", "no_volume", back="mute")


def _done(ctx: Context, group: str, tool: str, answer: str, failure: str, back: str = "") -> Reply | str:
    """back: the tool that takes it back"""
    if _use(ctx, _tools()[group][tool]) is None:
        return ctx.t(failure)
    undo = (lambda: _use(ctx, _tools()[group][back])) if back else None
    return Reply(ctx.t(answer), speak=False, undo=undo)


# Levels: volume, brightness


def _set(ctx: Context, what: str, percent: int, before: int | None) -> Reply | str:
    tools = _tools()[what]["set"]
    if _use(ctx, tools, percent=percent) is None:
        return ctx.t(f"no_{what}")
    undo = None if before is None else lambda: _use(ctx, tools, percent=before)
    return Reply(ctx.t(what, percent=percent), speak=False, undo=undo)


def _change(ctx: Context, what: str, change: int, least: int, told: tuple[str, str]) -> Reply | str:
    """told: the answers "more" and "less" of a dry run, in which no tool tells the present level"""
    printed = _use(ctx, _tools()[what]["get"])
    if printed is None:
        return ctx.t(f"no_{what}")
    now = _percent(printed)
    if now is None:
        return Reply(ctx.t(told[0] if change > 0 else told[1]), speak=False)
    return _set(ctx, what, min(100, max(min(least, now), now + change)), now)


def _level(ctx: Context, what: str) -> int | None:
    printed = _use(ctx, _tools()[what]["get"])
    return None if printed is None else _percent(printed)


def _percent(printed: str) -> int | None:
    found = _PERCENT.search(printed)
    if found is None:
        return None
    whole, fraction, number, boxed = found.groups()
    return round(float(fraction) * 100) if fraction else int(whole or number or boxed)


def brightness_up(ctx: Context, percent: int | None = None) -> Reply | str:
    return _change_brightness(ctx, ctx.settings["brightness_step"] if percent is None else percent)


def brightness_down(ctx: Context, percent: int | None = None) -> Reply | str:
    return _change_brightness(ctx, -(ctx.settings["brightness_step"] if percent is None else percent))


def _change_brightness(ctx: Context, change: int) -> Reply | str:
    return _change(ctx, "brightness", change, _DARKEST, ("brighter", "darker"))


def set_brightness(ctx: Context, percent: int) -> Reply | str:
    return _set(ctx, "brightness", max(_DARKEST, percent), _level(ctx, "brightness"))


# Media


def media(ctx: Context, action: str) -> None:
    """By playerctl, else over D-Bus ourselves (MPRIS), else by the keyboard's media key."""
    if _use(ctx, _tools()["media"][action]) is None and not players.ask(_caller(ctx), action):
        ctx.press(action if action in ("next_track", "previous_track") else "play_pause")


def now_playing(ctx: Context) -> str:
    playing = players.playing(_caller(ctx))
    if playing is None:
        return ctx.t("nothing_plays")
    title, artist = playing
    return ctx.t("plays_by", title=title, artist=artist) if artist else ctx.t("plays", title=title)


def _caller(ctx: Context) -> players.Call:
    """Runs a program, and gives what it printed; None where it is not there, or fails."""
    return lambda argv: _use(ctx, [argv])


# Windows and workspaces


def arrange(ctx: Context, action: WindowAction, program: str = "") -> Reply | str | None:
    """Of a program's window, else of the focused one. action: one of ports.WindowAction"""
    for name in _window_names(ctx, program) if program else [""]:
        if ctx.window(action, name) is not None:
            return None
    return ctx.t("not_open", program=program) if program else ctx.t("no_window")


def go_to_workspace(ctx: Context, number: int = 0, way: str = "") -> str | None:
    return _workspace(ctx, number, way, carry=False)


def carry_to_workspace(ctx: Context, number: int = 0, way: str = "") -> str | None:
    """The focused window."""
    return _workspace(ctx, number, way, carry=True)


def _workspace(ctx: Context, number: float, way: str, carry: bool) -> str | None:
    if not way and (number != int(number) or not 1 <= number <= _WORKSPACES):
        return ctx.t("no_workspace", number=number)
    done = ctx.workspace(way or int(number), carry)
    return None if done else ctx.t("no_workspace", number=way or int(number))


def stop_listening(ctx: Context) -> Reply:
    return Reply(ctx.t("muted_microphone"), then=Then("mute"))


# Screen and power


def screenshot(ctx: Context) -> str:
    folder = platformdirs.user_pictures_path()
    file = folder / f"Screenshot {ctx.now():%Y-%m-%d %H-%M-%S}.png"
    if not ctx.dry_run:
        folder.mkdir(parents=True, exist_ok=True)
    taken = _use(ctx, _tools()["screen"]["shot"], _SLOW_S, file=file)
    if taken is None or not (ctx.dry_run or file.is_file()):
        return ctx.t("no_screenshot")
    return ctx.t("screenshot", file=file.name, folder=folder.name)


def lock(ctx: Context) -> Reply | str:
    return _done(ctx, "screen", "lock", "locked", "cannot_lock")


def suspend(ctx: Context) -> Reply | str:
    return _done(ctx, "power", "suspend", "suspending", "cannot_power")


def shut_down(ctx: Context) -> Reply | str:
    return _done(ctx, "power", "shut_down", "shutting_down", "cannot_power")


def restart(ctx: Context) -> Reply | str:
    return _done(ctx, "power", "restart", "restarting", "cannot_power")


def hibernate(ctx: Context) -> Reply | str:
    return _done(ctx, "power", "hibernate", "suspending", "cannot_power")


def log_out(ctx: Context) -> Reply | str:
    session = os.environ.get("XDG_SESSION_ID", "")
    tools = [tool for tool in _tools()["power"]["log_out"] if session or "{session}" not in tool]
    if _use(ctx, tools, session=session) is None:
        return ctx.t("cannot_power")
    return Reply(ctx.t("logging_out"), speak=False)


# The person's own commands


def extra_sentences(settings: Mapping[str, Any]) -> dict[str, list[str]]:
    """Called by the loader. Raises PluginError for what is wrong in the settings."""
    return own_commands.sentences(own_commands.commands(settings))


def own(ctx: Context, **values: Any) -> Reply | str:
    return _own(ctx, "own", values)


def own_confirmed(ctx: Context, **values: Any) -> Reply | str:
    return _own(ctx, "own_confirmed", values)


def _own(ctx: Context, intent: str, values: Mapping[str, Any]) -> Reply | str:
    mine = [command for command in own_commands.commands(ctx.settings) if command.intent == intent]
    command = own_commands.meant(mine, ctx.text, values)
    if command is None:
        raise PluginError("no command of yours fits that sentence", "no_command", "look at plugin.commands.own")
    try:
        argv = own_commands.arguments(command, values)
    except own_commands.BadValue as slot:
        return _refused(ctx, command, str(slot))
    if command.output:
        return ctx.call(argv, _SLOW_S).strip()[:_OUTPUT_CHARACTERS] or ctx.t("done")
    ctx.run(argv)
    return command.reply or ctx.t("done")


def _refused(ctx: Context, command: own_commands.Command, slot: str) -> str:
    kind = command.slots[slot]
    if isinstance(kind, tuple):
        return ctx.t("allowed", slot=slot, values=", ".join(kind))
    return ctx.t("bad_value", slot=slot)
