"""Names of keys, as people and plugins write them."""

from __future__ import annotations

import pytest

from aihear_voice.acting.keys import ACTIONS, Chord, check, chord_of, parse
from aihear_voice.errors import DeviceError, SettingsError


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ctrl+s", Chord(("ctrl",), "s")),
        ("Control+Shift+T", Chord(("ctrl", "shift"), "t")),
        ("ctrl + alt + Delete", Chord(("ctrl", "alt"), "delete")),
        ("enter", Chord((), "enter")),
        ("Return", Chord((), "enter")),
        ("page down", Chord((), "page_down")),
        ("F5", Chord((), "f5")),
        ("alt+tab", Chord(("alt",), "tab")),
        ("super", Chord((), "super")),
        ("windows+d", Chord(("super",), "d")),
        ("a", Chord((), "a")),
        ("A", Chord((), "A")),
        ("é", Chord((), "é")),
        ("+", Chord((), "+")),
        ("ctrl++", Chord(("ctrl",), "+")),
        ("ctrl+plus", Chord(("ctrl",), "+")),
        ("ctrl+-", Chord(("ctrl",), "-")),
    ],
)
def test_reads_chords(written: str, meant: Chord) -> None:
    assert parse(written) == meant


@pytest.mark.parametrize("written", ["", "entre", "ctrl+", "hyper+s", "s+ctrl", "ctrl+ss", "\x1b", " "])
def test_refuses_what_is_no_chord(written: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse(written)
    assert error.value.code == "unknown_key"


def test_suggests_the_key_that_was_meant() -> None:
    with pytest.raises(SettingsError) as error:
        parse("ctrl+entr")
    assert "enter" in error.value.hint


def test_every_action_is_a_chord() -> None:
    for name, action in ACTIONS.items():
        check(name)
        for chord in (action.usual, action.mac, action.terminal or "enter"):
            parse(chord)


def test_copy_never_interrupts_a_program_in_a_terminal() -> None:
    assert chord_of("copy") == parse("ctrl+c")
    assert chord_of("copy", terminal=True) == parse("ctrl+shift+c")
    assert chord_of("ctrl+c", terminal=True) == parse("ctrl+c")  # said by its keys, it is meant
    assert chord_of("copy", mac=True) == parse("cmd+c")


def test_undo_does_not_suspend_a_program_in_a_terminal() -> None:
    with pytest.raises(DeviceError):
        chord_of("undo", terminal=True)
