"""The plugins dictation, keys and commands on a real screen and a real sound server."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aihear_voice import paths, settings
from aihear_voice.acting.programs import DesktopPrograms
from aihear_voice.acting.typist import DesktopTypist
from aihear_voice.plugin import loader
from aihear_voice.plugin.alarms import Alarms
from aihear_voice.plugin.call import perform
from aihear_voice.plugin.context import Services
from aihear_voice.plugin.store import MemoryStore
from aihear_voice.types import Match

from ...rigs import PulseServer, Screen, need, wait_until

pytestmark = pytest.mark.e2e

Do = Callable[..., str]


@pytest.fixture
def do() -> Iterator[Do]:
    """do("dictation.insert", text="Hello.") -> the answer, with real hands."""
    typist = DesktopTypist(settings.load(env={}).typing)
    services = Services(
        typist=typist, programs=DesktopPrograms(), alarms=Alarms(None), store=lambda name: MemoryStore(),
        emit=lambda event: None, now=lambda: datetime.now(UTC), plugins=lambda: (), word_times=None,
        suggest=lambda text, language: (),
    )  # fmt: skip

    def act(intent: str, **slots: object) -> str:
        name, _, function = intent.partition(".")
        plugin = loader.load_one(paths.shipped_plugins() / name, "shipped", {})
        return perform(plugin, services, Match(name, function, slots, 1.0), "").text

    yield act
    typist.close()


def test_dictates_a_letter(screen: Screen, do: Do) -> None:
    do("dictation.insert", text="Dear Zoë comma new line")
    do("dictation.insert", text="Thank you for the report.")
    do("dictation.insert", text="It is good, period.")
    do("dictation.insert", text="Is it final.")
    do("dictation.insert", text="Question mark.")
    do("dictation.new_paragraph")
    do("dictation.insert", text="Best regrets")
    do("dictation.scratch")
    do("dictation.insert", text="Best regards.")
    letter = "Dear Zoë,\nThank you for the report. It is good. Is it final?\n\nBest regards."
    assert screen.wait_text(letter) == letter


def test_presses_keys(screen: Screen, do: Do) -> None:
    do("dictation.type_text", text="one two")
    do("keys.press", key="x", times=3)
    do("keys.press", key="backspace")
    do("keys.move", direction="home")
    do("keys.press", modifiers="ctrl+shift", key="right")
    do("keys.press", key="delete")
    assert screen.wait_text(" twoxx") == " twoxx"
    do("keys.press", modifiers="ctrl", key="z")
    do("keys.move", direction="ctrl+home")
    do("keys.press", key="enter")
    assert screen.wait_text("\none twoxx") == "\none twoxx"


def test_sets_the_volume(pulse: PulseServer, do: Do) -> None:
    def volume() -> str:
        return pulse.pactl("get-sink-volume", "@DEFAULT_SINK@")

    assert do("commands.set_volume", percent=40) == "Volume 40 percent."
    assert " 40% " in volume()
    do("commands.volume_up")
    assert " 50% " in volume()
    do("commands.volume_down", percent=30)
    assert " 20% " in volume()
    do("commands.mute")
    assert "yes" in pulse.pactl("get-sink-mute", "@DEFAULT_SINK@")
    do("commands.unmute")
    assert "no" in pulse.pactl("get-sink-mute", "@DEFAULT_SINK@")
    do("commands.set_volume", percent=100)


def test_takes_a_screenshot(screen: Screen, home: Path, do: Do) -> None:
    need("import")
    answer = do("commands.screenshot")
    pictures = list((home / "Pictures").glob("*.png"))
    assert len(pictures) == 1
    assert pictures[0].name in answer
    assert pictures[0].read_bytes().startswith(b"\x89PNG")


def test_opens_and_closes_a_program(screen: Screen, do: Do) -> None:
    need("xterm")

    def terminal() -> bool:
        return (
            subprocess.run(["xdotool", "search", "--onlyvisible", "--class", "XTerm"], capture_output=True).returncode
            == 0
        )

    assert do("commands.open_program", program="xterm") == "Opening xterm."
    wait_until(terminal, "the terminal opens", 20)
    screen.focus()
    do("commands.switch_to", program="xterm")
    do("commands.close_program", program="xterm")
    wait_until(lambda: not terminal(), "it closes")
    assert "no window" in do("commands.close_program", program="xterm")
    assert screen.find("aihear text")
