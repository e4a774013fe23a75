"""Typing on Wayland: through what this compositor really offers, whichever brings the exact text to that window.

Keys go through the compositor's virtual keyboard, else through the desktop portal, else through the kernel's uinput;
the clipboard through data control, else through wl-clipboard. Most compositors tell which window is focused; where
one does not, nothing is taken back, for nobody knows what it would hit.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import DeviceError
from .accessibility import Accessibility, Field
from .astray import elsewhere
from .kernel_keyboard import KernelKeyboard
from .keys import chord_of, parse
from .ledger import Delivery, Presses, Target, graphemes
from .paste_chords import SHIFT_INSERT, is_terminal, paste_chord
from .portal_keyboard import PortalKeyboard
from .wayland_clipboard import CLIPBOARD, PRIMARY, Clipboard
from .wayland_data_control import DataControl
from .wayland_desktop import WaylandDesktop
from .wayland_keyboard import Keyboard, VirtualKeyboard
from .wayland_rest import Rest
from .wayland_wire import Connection
from .wl_clipboard import WlClipboard
from .x11_typist import ANYWHERE, named

_KEYS_UP_TO = 200  # characters, half a second: more takes long enough for the focus to wander; pasting takes 0.1 s
_RECEIPT_S = 3.0  # a window that has not read the clipboard by then will not
_AFTER_RECEIPT_S = 0.05  # a browser hands what it read to the page in another process
_SELECT_S = 1.0  # a window that does not tell by then what is selected in it never will
_SELECT_POLL_S = 0.04
_SELECT_SETTLED_S = 0.3  # unchanged for so long, a selection is all that there will be


@dataclass(frozen=True, slots=True)
class Means:
    """What carries typing in this session. keys, clipboard: "" where there is nothing; missing: why, and what to do."""

    keys: str
    clipboard: str
    tells_windows: bool
    missing: DeviceError | None = None


class WaylandTypist:
    """Lives in the worker process. The same methods as XTypist."""

    def __init__(self, method: str, key_delay_s: float, paste_restore_s: float) -> None:
        self._method = method
        self._key_delay_s = key_delay_s
        self._paste_restore_s = paste_restore_s
        self._marked = 0  # steps that the last selection went back
        self._touched = True  # by the person, since we typed last
        self._accessibility = Accessibility()
        self._open()

    def _open(self) -> None:
        self._connection = Connection()
        self._desktop = WaylandDesktop(self._connection)
        self._rest = Rest(self._connection, self._desktop.seat)
        self._keyboard: Keyboard | None = None
        self._clipboard: Clipboard | None = None
        self._missing: DeviceError | None = None
        try:
            self._keyboard = open_keyboard(self._connection, self._key_delay_s)
        except DeviceError as error:
            self._missing = error
        with contextlib.suppress(DeviceError):
            self._clipboard = open_clipboard(self._connection)

    def means(self) -> Means:
        self._awake()
        keys, clipboard = self._keyboard, self._clipboard
        return Means(keys.name if keys else "", clipboard.name if clipboard else "", self._desktop.tells, self._missing)

    def type(self, text: str, window: int) -> Delivery:
        """Into this window and no other; 0 is the focused one. What could not be typed is put on the clipboard."""
        with self._hands_off():
            delivery = self._type(text, window)
        self._touched = self._touched and not delivery.typed
        return delivery

    @contextlib.contextmanager
    def _hands_off(self) -> Iterator[None]:
        """Around keys of ours: whether the person touched anything is told of the time before them and after them."""
        self._touched = self._touched or not self._rest.undisturbed()
        try:
            yield
        finally:
            with contextlib.suppress(DeviceError):
                self._rest.begin()

    def _type(self, text: str, window: int) -> Delivery:
        target = self._where()
        failure = self._in_the_way(target, window)
        if failure is not None or self._keyboard is None:
            return Delivery("", "keys", target, failure=self._kept(text, failure or self._no_keys()))
        field = self._field(target)
        if self._keyboard.can_write(text) and self._prefers_keys(text):
            typed = self._keyboard.write(text, lambda: self._left(target))
            failure = None if typed == text else self._kept(text[len(typed) :], elsewhere(self._where()), len(typed))
            return Delivery(typed, "keys", target, self._verified(typed, field, ""), failure)
        try:
            failure = self._paste(text, target, self._keyboard)
        except DeviceError as error:  # no such key, no clipboard, not allowed
            failure = error
        if failure is not None:
            return Delivery("", "paste", target, failure=self._kept(text, failure))
        return Delivery(text, "paste", target, self._verified(text, field, "receipt"))

    def _field(self, target: Target) -> Field | None:
        """The text field that has the focus, where the window tells. No compositor tells whose a window is."""
        return self._accessibility.field(self._accessibility.process(target.title))

    def _verified(self, typed: str, field: Field | None, otherwise: str) -> str:
        shown = typed and field is not None and self._accessibility.shows(field, typed)
        return "accessibility" if shown else otherwise

    def _in_the_way(self, target: Target, window: int) -> DeviceError | None:
        """Why nothing may be typed now. window: the one that is meant; 0 is any."""
        if not self._desktop.tells:
            return None
        another = bool(window) and target.window != window
        return elsewhere(target) if another or not target.window else None

    def _kept(self, text: str, failure: DeviceError, typed: int = 0) -> DeviceError:
        """The same failure, once what was not typed is on the clipboard. typed: how many characters were before."""
        message = f"{failure.message}; {typed} characters were typed before" if typed else failure.message
        hint = failure.hint
        if self._clipboard is not None and failure.code != "not_delivered":  # else it is there already
            with contextlib.suppress(DeviceError):
                self._clipboard.keep(text)
                what = "the rest" if typed else "the text"
                hint = f"{what} is on the clipboard: paste it where it belongs" + (f"; {hint}" if hint else "")
        return DeviceError(message, failure.code, hint)

    def _prefers_keys(self, text: str) -> bool:
        if self._method == "keys" or not text.strip("\n\t"):  # a newline alone is the Return key, also in chats
            return True
        if self._method == "paste":
            return False
        # A tab leaves the field; an input method would turn letters into something else.
        return len(text) <= _KEYS_UP_TO and "\t" not in text and not input_method()

    def _paste(self, text: str, target: Target, keyboard: Keyboard) -> DeviceError | None:
        """Why the window did not take it, if it did not."""
        if self._clipboard is None:
            hint = "apt-get install wl-clipboard"
            return DeviceError("this text can only be pasted, and there is no clipboard", "no_clipboard", hint)
        clipboard = self._clipboard
        # Shift+Insert pastes one selection or the other, but pastes in nearly every program.
        chord = paste_chord(target.app) if target.app else SHIFT_INSERT
        clipboard.lend(text, (CLIPBOARD, PRIMARY) if chord == SHIFT_INSERT else (CLIPBOARD,))
        clipboard.watch()
        if not keyboard.chord(parse(chord), 1, lambda: self._left(target)):
            clipboard.give_back(0.0)
            return elsewhere(self._where())
        if not clipboard.received(_RECEIPT_S):
            clipboard.leave()
            return DeviceError(
                f"{target.label or 'the window'} did not take the text", "not_delivered",
                "it is on the clipboard: paste it yourself, or set typing.method to keys",
            )  # fmt: skip
        clipboard.give_back(self._paste_restore_s)
        time.sleep(_AFTER_RECEIPT_S)
        return None

    def press(self, name: str, times: int, window: int) -> Target:
        """name: a chord, or one of keys.ACTIONS. window: no other may be focused; 0 is any. Raises DeviceError."""
        target = self._where()
        anywhere = name in ANYWHERE
        if window and target.window != window and not anywhere:
            raise elsewhere(target)
        if self._keyboard is None:
            raise self._no_keys()
        chord = chord_of(name, terminal=is_terminal(target.app))
        with self._hands_off():
            done = self._keyboard.chord(chord, times, lambda: not anywhere and self._left(target))
        if done < times:
            raise elsewhere(self._where())
        return self._where()

    def look(self) -> tuple[Target, Presses]:
        """The focused window, and whether the person touched anything since we typed last: which key is not known."""
        target = self._focused()
        return target, Presses(edits=int(self._touched or not self._rest.undisturbed()))

    def standing(self) -> str | None:
        """What stands before the cursor of the focused window; None where nothing tells."""
        target = self._where()
        if is_terminal(target.app):  # it would tell of prompts, too
            return None
        field = self._field(target)
        return None if field is None else self._accessibility.before(field)

    def window(self, action: str, name: str) -> Target | None:
        """name: words of a title or a class; "" is the focused window. None where there is no such window."""
        target = self._focused() if not name else named(self._desktop.windows(), name)
        if not self._desktop.tells:
            raise DeviceError("this compositor lets no program ask windows", "not_here", "use its own keys")
        if target is not None:
            self._desktop.ask(target.window, action)
        return target

    def scroll(self, steps: int) -> None:
        self._awake()
        if not self._desktop.scrolls and isinstance(self._keyboard, PortalKeyboard):
            self._keyboard.scroll(steps)
        else:
            self._desktop.scroll(steps)

    def take_back(self, text: str, window: int, untouched: bool) -> bool:
        """Remove `text` from before the cursor of this window; False where it is not there any more.

        untouched: nothing was touched since; a terminal does not tell what stands there, so it must be
        """
        target, keyboard = self._focused(), self._keyboard
        if not target.window or target.window != window or keyboard is None:
            return False
        with self._hands_off():
            if is_terminal(target.app):
                return untouched and self._erase_in_terminal(text, target, keyboard)
            return self._select_back(text, target) and self._erase(target, keyboard)

    def _erase_in_terminal(self, text: str, target: Target, keyboard: Keyboard) -> bool:
        if "\n" in text:  # the line has gone to the program
            return False
        # A terminal's line editor counts code points.
        return keyboard.chord(parse("backspace"), len(text), lambda: self._left(target)) == len(text)

    def _erase(self, target: Target, keyboard: Keyboard) -> bool:
        return bool(keyboard.chord(parse("backspace"), 1, lambda: self._left(target)))

    def _select_back(self, text: str, target: Target) -> bool:
        """Select the text before the cursor; where it is another, the cursor is put back where it was."""
        keyboard, clipboard = self._keyboard, self._clipboard
        if keyboard is None or not isinstance(clipboard, DataControl):
            return False
        clipboard.settle()
        missing, self._marked = text, 0
        while missing:
            seen = clipboard.changes(PRIMARY)
            steps = len(graphemes(missing))  # too few where a toolkit counts joined emoji by their parts
            self._marked += keyboard.chord(parse("shift+left"), steps, lambda: self._left(target))
            selected = _selection(clipboard, seen, text)
            if selected == text:
                return True
            more = text.removesuffix(selected) if selected else text
            if len(more) >= len(missing):  # no part of it, or no further part
                break
            missing = more
        self._go_back(target)
        return False

    def _go_back(self, target: Target) -> None:
        """To where the cursor was before the last selection."""
        if self._keyboard is not None:
            self._keyboard.chord(parse("shift+right"), self._marked, lambda: self._left(target))

    def _telling(self, window: int) -> Target | None:
        """The focused window, where it is this one and may tell what is selected in it."""
        target = self._where()
        return target if target.window and target.window == window and not is_terminal(target.app) else None

    def select_back(self, text: str, window: int) -> bool:
        """Select `text`, which stands before the cursor; False where it does not, or where nobody can tell."""
        target = self._telling(window)
        with self._hands_off():
            return target is not None and self._select_back(text, target)

    def unselect(self, window: int) -> None:
        """After `select_back`: the cursor is where it was."""
        target = self._telling(window)
        if target is not None:
            with self._hands_off():
                self._go_back(target)

    def take_selected(self, text: str, window: int) -> bool:
        """Delete what is selected, where that is `text`."""
        target, clipboard, keyboard = self._telling(window), self._clipboard, self._keyboard
        if target is None or keyboard is None or not isinstance(clipboard, DataControl):
            return False
        with self._hands_off():
            return clipboard.read(PRIMARY) == text and self._erase(target, keyboard)

    def stands(self, text: str, window: int, untouched: bool) -> bool:
        """Whether `text` is before the cursor; where nobody can tell, whether nothing was touched since."""
        target = self._telling(window)
        if target is None or not text:
            return untouched and self._where().window == window != 0
        standing = self.standing()
        if standing is not None:
            return standing.endswith(text)
        with self._hands_off():
            if not self._select_back(text, target):
                return False
            self._go_back(target)
        return True

    def peek(self, window: int, most: int) -> str | None:
        """Not known here: whether the cursor was moved is not either, and each look would be seen."""
        return None

    def release(self) -> None:
        """After another typist was killed in the middle of a key."""
        self._awake()
        if self._keyboard is not None:
            self._keyboard.release()

    def close(self) -> None:
        self._accessibility.close()
        if self._clipboard is not None:
            self._clipboard.close()
        self._connection.close()

    def _awake(self) -> None:
        if not self._connection.alive:  # the compositor was restarted
            self._open()

    def _focused(self) -> Target:
        self._awake()
        return self._desktop.focused()

    def _where(self) -> Target:
        try:
            return self._focused()
        except DeviceError:  # keys such as volume_up need no window
            return Target()

    def _left(self, target: Target) -> bool:
        return self._where().window != target.window

    def _no_keys(self) -> DeviceError:
        return self._missing or DeviceError("no program may press keys here", "no_keys")


def open_keyboard(connection: Connection, key_delay_s: float) -> Keyboard:
    """The best that there is. Raises DeviceError."""
    with contextlib.suppress(DeviceError):
        return VirtualKeyboard(connection, key_delay_s)
    with contextlib.suppress(DeviceError):
        return PortalKeyboard(key_delay_s)
    with contextlib.suppress(DeviceError):
        return KernelKeyboard(connection, key_delay_s)
    raise DeviceError(
        "this compositor lets no program press keys: it has no virtual keyboard, no portal for one, and no uinput",
        "no_keys", "start ydotoold, or log in to an X11 session",
    )  # fmt: skip


def open_clipboard(connection: Connection) -> Clipboard:
    """The best that there is. Raises DeviceError."""
    with contextlib.suppress(DeviceError):
        return DataControl(connection)
    return WlClipboard()


def input_method() -> bool:
    """Whether an input method such as ibus or fcitx stands between keys and programs."""
    names = [os.environ.get("XMODIFIERS", "").rpartition("@im=")[2]]
    names += [os.environ.get(name, "") for name in ("GTK_IM_MODULE", "QT_IM_MODULE")]
    return any(name.lower() not in ("", "none", "local", "simple", "wayland", "xim", "compose") for name in names)


def _selection(clipboard: DataControl, seen: int, wanted: str) -> str:
    """What was selected since the selection had changed `seen` times, once it is `wanted` or stays as it is.

    A window that takes no selection leaves an older one there, which may be of another window.
    """
    now = changed = time.monotonic()
    deadline = now + _SELECT_S
    selected = ""
    while now < deadline and selected != wanted and not (selected and now - changed > _SELECT_SETTLED_S):
        time.sleep(_SELECT_POLL_S)
        now, last = time.monotonic(), selected
        if clipboard.changes(PRIMARY) != seen:
            selected = clipboard.read(PRIMARY)
        changed = changed if selected == last else now
    return selected
