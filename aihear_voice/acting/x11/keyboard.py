"""The keyboard of an X server, pressed through XTest.

Keys are pressed by keycode, as the hardware does it: xterm drops characters that come by XSendEvent, which
is how pynput sends them. What the current layout has no key for is not forced upon it; it is pasted instead.

Each stroke is made while the server listens to nobody else (XGrabServer): first it is looked whether keys still
go where they should, whether the layout is the same and whether no modifier is down, and then the key is pressed.
Between the look and the key no window can come up, for a window manager has to ask the server for that.
"""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import DeviceError
from ..keys import KEYS, MODIFIERS, Chord
from .watch import KeyWatch

_ISO_LEVEL3_SHIFT = 0xFE03  # AltGr
_EURO = 0x20AC
_MAIN_BLOCK = 97  # keycodes above belong to keypads and media keys, which may carry a second "(" or "="
_LEVELS_OF_GROUP = {0: (0, 1, 4, 5), 1: (2, 3, 6, 7)}  # columns of the core map, in XKB's order
_RELEASE_POLL_S = 0.01
_LOCK_BIT = 1 << 1  # Caps Lock in a pointer's state
_STATE_BITS = 0b11 << 13 | _LOCK_BIT  # which group of the layout counts, and Caps Lock
_LOCKS = (0xFF7F, 0xFF14, 0xFFE5, 0xFFE6)  # Num Lock, Scroll Lock, Caps Lock, Shift Lock
_MENU_KEYS = range(0xFFE7, 0xFFED)  # Meta, Alt and Super, left and right

Goes = Callable[[], bool]  # whether a key that is pressed now goes where it should


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a character is typed on the current layout."""

    keycode: int
    shift: bool = False
    level3: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """strokes: by character; none while Caps Lock turns letters round. state: the group and Caps Lock, as they are."""

    strokes: Mapping[str, Stroke]
    state: int

    def has(self, text: str) -> bool:
        return all(char in self.strokes for char in text)


class XKeyboard:
    """One connection, used by one thread."""

    def __init__(self, display: Any, watch: KeyWatch, key_delay_s: float) -> None:
        if not display.query_extension("XTEST"):
            raise DeviceError("the X server has no XTEST extension", "no_xtest", "start it with that extension")
        self.display = display
        self._root = display.screen().root
        self._watch = watch
        self._key_delay_s = key_delay_s
        self._faked: Counter[int] = Counter()  # presses minus releases of ours, by keycode
        self._rows_of_modifiers: dict[int, set[int]] | None = None  # None: not asked since the map changed
        self._put_back: set[int] = set()  # modifiers that we pressed because the person holds them
        self._known_rows: dict[int, Sequence[int]] = {}
        self.struck: list[int] = []  # keysyms that we pressed, modifiers left out, until somebody takes them

    # Layout

    def layout(self) -> Layout:
        """As it is now."""
        state = self._root.query_pointer().mask & _STATE_BITS
        self._mapping_changed()
        columns = _LEVELS_OF_GROUP.get(state >> 13)
        if columns is None or state & _LOCK_BIT:
            return Layout({}, state)
        return Layout(_strokes(self._rows(), columns), state)

    def _rows(self) -> dict[int, Sequence[int]]:
        info = self.display.display.info
        first = info.min_keycode
        rows = self.display.get_keyboard_mapping(first, info.max_keycode - first + 1)
        self._known_rows = {first + index: tuple(row) for index, row in enumerate(rows)}
        return self._known_rows

    def _mapping_changed(self) -> bool:
        """Whether somebody changed the keyboard's map since the last call."""
        from Xlib import X

        changed = False
        while self.display.pending_events():
            changed |= self.display.next_event().type == X.MappingNotify
        if changed:
            self._rows_of_modifiers = None
        return changed

    # Modifiers

    @contextlib.contextmanager
    def bare(self, patience_s: float) -> Iterator[None]:
        """No modifier is down within; afterwards they are as the person holds them then.

        The person is waited for first, `patience_s` seconds at most.
        """
        deadline = time.monotonic() + patience_s
        while self.held() and time.monotonic() < deadline:
            time.sleep(_RELEASE_POLL_S)
        held, others = self._held_by_others()
        try:
            self._clear()
            yield
        finally:
            self._restore(held, others)

    def held(self) -> set[int]:
        """Keycodes of the modifiers that are down, whoever pressed them."""
        down = self.display.query_keymap()
        return {code for code in self._modifiers() if down[code // 8] >> (code % 8) & 1}

    def _modifiers(self) -> set[int]:
        """Keycodes of those that change what a key means, as locks do not."""
        return {code for codes in self._modifier_rows().values() for code in codes}

    def _modifier_bits(self) -> int:
        """The same, as they show in a pointer's state."""
        return sum(1 << row for row in self._modifier_rows())

    def _modifier_rows(self) -> dict[int, set[int]]:
        if self._rows_of_modifiers is None:
            rows = {
                row: {code for code in codes if code} for row, codes in enumerate(self.display.get_modifier_mapping())
            }
            names = self._rows()
            locks = {code for codes in rows.values() for code in codes if names[code][0] in _LOCKS}
            self._rows_of_modifiers = {row: codes for row, codes in rows.items() if codes and not codes & locks}
        return self._rows_of_modifiers

    def _held_by_others(self) -> tuple[set[int], Counter[int]]:
        """Modifiers that are down, and for each key how often others pressed it more than they let it go."""
        while True:
            before = self._others()
            held = self.held()
            if self._others() == before:
                return held, before

    def _others(self) -> Counter[int]:
        self.display.sync()
        total = Counter(self._watch.balance())
        total.subtract(self._faked)
        return total

    def _clear(self) -> None:
        """Also what we pressed for the person, who may have let go of it since.

        A release of Shift comes always: it makes the server take the map of the keyboard that XTest is.
        """
        shift = _keycode(self._rows(), MODIFIERS["shift"].keysym)
        self._let_go({*self.held(), *self._put_back, *([shift] if shift else [])})
        self._put_back.clear()
        self.display.sync()

    def _restore(self, held: set[int], others: Counter[int]) -> None:
        """A key whose release we did not see is still held: it goes down again, unless it is let go meanwhile."""
        if not self._watch.works:  # nobody knows: a key that is up can be pressed again, one that is stuck cannot
            return
        for code in self._still_held(held, others) - self.held():
            self._fake(code, down=True)
            self._put_back.add(code)
        self._tap_nothing(self._put_back)
        gone = self._put_back - self._still_held(held, others)
        self._let_go(gone)
        self._put_back -= gone
        self.display.sync()

    def _let_go(self, codes: set[int]) -> None:
        self._tap_nothing(codes & self.held())
        for code in codes:
            self._fake(code, down=False)

    def _tap_nothing(self, held: set[int]) -> None:
        """Alt or Super that goes down and up alone opens menus: a key without a meaning comes between."""
        rows = self._rows()
        if any(rows[code][0] in _MENU_KEYS for code in held):
            blank = next((code for code, row in rows.items() if not any(row)), None)
            if blank is not None:
                self._fake(blank, down=True)
                self._fake(blank, down=False)

    def _still_held(self, held: set[int], others: Counter[int]) -> set[int]:
        now = self._others()
        return {code for code in self._modifiers() if (code in held) + now[code] - others[code] > 0}

    def release(self) -> None:
        """After another typist was killed in the middle of a key."""
        self._let_go(self.held())
        self.display.sync()

    # Strokes

    def write(self, text: str, layout: Layout, goes: Goes) -> int:
        """How many characters were typed: fewer where the focus went away, or the layout is another one by now."""
        rows = self._rows()
        shift = self._code(rows, MODIFIERS["shift"].keysym)
        level3 = _keycode(rows, _ISO_LEVEL3_SHIFT)
        for index, char in enumerate(text):
            stroke = layout.strokes[char]
            modifiers = [shift] * stroke.shift
            if stroke.level3 and level3 is not None:
                modifiers.append(level3)
            if not self._strike(stroke.keycode, modifiers, goes, layout.state):
                return index
        self.display.sync()
        return len(text)

    def chord(self, chord: Chord, times: int = 1, goes: Goes = lambda: True) -> int:
        """How often it was pressed. Raises DeviceError where this keyboard has no such key."""
        self._mapping_changed()
        rows = self._rows()
        modifiers = [self._code(rows, MODIFIERS[name].keysym) for name in chord.modifiers]
        keycode, shifted = self._key(rows, chord.key)
        if shifted:
            modifiers.append(self._code(rows, MODIFIERS["shift"].keysym))
        for done in range(times):
            if not self._strike(keycode, modifiers, goes):
                return done
        self.display.sync()
        return times

    def _key(self, rows: dict[int, Sequence[int]], key: str) -> tuple[int, bool]:
        """The keycode, and whether Shift belongs to it."""
        if key in KEYS:
            return self._code(rows, KEYS[key].keysym, key), False
        stroke = self.layout().strokes.get(key)
        if stroke is not None and not stroke.level3:
            return stroke.keycode, stroke.shift
        return self._code(rows, ord(key), key), False  # a letter of another group, as "s" beside a Russian layout

    def _code(self, rows: dict[int, Sequence[int]], keysym: int, name: str = "shift") -> int:
        code = _keycode(rows, keysym)
        if code is None:
            raise DeviceError(f'this keyboard has no key "{name}"', "no_such_key", "choose another key")
        return code

    def _strike(self, keycode: int, modifiers: Sequence[int], goes: Goes, state: int | None = None) -> bool:
        """False where it must not be. state: the layout's that the keycode is of."""
        with self._alone():
            if not goes() or not self._plain(state):
                return False
            self.struck.append(self._known_rows[keycode][0])
            for code in (*modifiers, keycode):
                self._fake(code, down=True)
            for code in (keycode, *reversed(modifiers)):
                self._fake(code, down=False)
        time.sleep(self._key_delay_s)
        return True

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else gets a word in with the server, for a fraction of a millisecond."""
        self.display.grab_server()
        try:
            yield
        finally:
            self.display.ungrab_server()
            self.display.flush()

    def _plain(self, state: int | None) -> bool:
        """Whether the layout is the one of `state`, and no modifier counts; one that was pressed just now goes up."""
        mask, changing = self._root.query_pointer().mask, self._modifier_bits()
        if mask & changing:
            self._let_go(self.held())
            mask = self._root.query_pointer().mask
        same = state is None or (mask & _STATE_BITS == state and not self._mapping_changed())
        return same and not mask & changing

    def locked(self) -> bool:
        """Whether a modifier counts although nobody holds a key ("sticky keys")."""
        return bool(self._root.query_pointer().mask & self._modifier_bits()) and not self.held()

    def _fake(self, keycode: int, down: bool) -> None:
        from Xlib import X
        from Xlib.ext import xtest

        xtest.fake_input(self.display, X.KeyPress if down else X.KeyRelease, keycode)
        self._faked[keycode] += 1 if down else -1


def _strokes(rows: Mapping[int, Sequence[int]], columns: Sequence[int]) -> dict[str, Stroke]:
    """columns: of the group that counts, by level."""
    has_level3 = _keycode(rows, _ISO_LEVEL3_SHIFT) is not None
    found: dict[str, tuple[tuple[bool, int, int], Stroke]] = {}
    for keycode, row in rows.items():
        for level, column in enumerate(columns if has_level3 else columns[:2]):
            char = _character(row[column]) if column < len(row) else ""
            order = (keycode > _MAIN_BLOCK, level, keycode)
            if char and (char not in found or order < found[char][0]):
                found[char] = (order, Stroke(keycode, level % 2 == 1, level > 1))
    for char, name in (("\n", "enter"), ("\t", "tab")):
        keycode_of = _keycode(rows, KEYS[name].keysym)
        if keycode_of is not None:
            found[char] = ((False, 0, 0), Stroke(keycode_of))
    return {char: stroke for char, (_, stroke) in found.items()}


def _keycode(rows: Mapping[int, Sequence[int]], keysym: int) -> int | None:
    """The key that gives this keysym without Shift or AltGr, in any layout that is loaded."""
    return next((code for code, row in rows.items() if keysym in (row[0], row[2] if len(row) > 2 else 0)), None)


def _character(keysym: int) -> str:
    """Latin-1 keysyms are their own code points; others of Unicode carry a high byte. Older ones are pasted."""
    if 0x20 <= keysym <= 0x7E or 0xA0 <= keysym <= 0xFF:
        return chr(keysym)
    if keysym & 0xFF000000 == 0x01000000:
        return chr(keysym & 0xFFFFFF)
    return "€" if keysym == _EURO else ""
