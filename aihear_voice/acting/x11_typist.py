"""Typing on X11: by keys or through the clipboard, whichever brings the exact text to that window."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ..errors import DeviceError
from .accessibility import Accessibility, Field
from .applications import normal_name
from .astray import elsewhere, taken
from .keys import chord_of, parse
from .ledger import Delivery, Presses, Target, graphemes
from .paste_chords import SHIFT_INSERT, is_terminal, paste_chord
from .x11_clipboard import XClipboard
from .x11_desktop import XDesktop

_KEYS_UP_TO = 200  # characters, half a second: more takes long enough for the focus to wander; pasting takes 0.1 s
_TURNS = 20  # between keys and paste within one text: a layout that changes more often is nobody's doing
_TAKEN_WAIT_S = 1.5  # how long a menu, or a key of the desktop that is held, may keep the keyboard from us
_TAKEN_POLL_S = 0.02
_RAISED_S = 1.0  # how long a window manager may take to bring a window up
_BEFORE_PASTE_S = 0.03  # clipboard managers read at once what is copied; their read is not the window's
_RECEIPT_S = 3.0  # a window that has not read the clipboard by then will not
_AFTER_RECEIPT_S = 0.05  # a browser hands what it read to the page in another process
_SELECT_S = 1.0  # a window that does not tell by then what is selected in it never will
_SELECT_POLL_S = 0.04
_SELECT_SETTLED_S = 0.3  # unchanged for so long, a selection is all that there will be: busy windows pause between keys

_MODAL = {"emacs", "gvim"}  # Shift+Left is not "select" in all of their modes
# What the desktop itself takes, or what changes the window: nobody's text is touched by these.
ANYWHERE = {
    "volume_up", "volume_down", "volume_mute", "play_pause", "next_track", "previous_track", "print_screen",
    "next_window", "previous_window",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Part:
    """What was typed in one go. failure: why no more; without one it is worth another try.

    receipt: the window's own program is known to have fetched it
    """

    method: str = "keys"
    typed: str = ""
    receipt: bool = False
    failure: DeviceError | None = None


class XTypist:
    """Lives in the worker process. Its methods return plain values, which travel."""

    def __init__(self, method: str, release_wait_s: float, key_delay_s: float, paste_restore_s: float) -> None:
        self._method = method
        self._release_wait_s = release_wait_s
        self._paste_restore_s = paste_restore_s
        self._desktop = XDesktop(key_delay_s)
        self._keyboard = self._desktop.keyboard
        self._clipboard: XClipboard | None = None
        self._accessibility = Accessibility()
        self._ours = Presses()
        self._by_hand = Presses()  # as it stood when we typed last
        self._marked = 0  # steps that the last selection went back

    def type(self, text: str, window: int) -> Delivery:
        """Into this window and no other; 0 is the focused one. What could not be typed is put on the clipboard."""
        self._by_hand = self._presses_by_hand()
        target = self._where()
        if not target.window or self._is_another(target, window):
            return Delivery("", "keys", target, failure=self._kept(text, elsewhere(target)))
        field = self._accessibility.field(self._desktop.process(target.window))
        parts: list[_Part] = []
        typed = ""
        with self._keyboard.bare(self._release_wait_s):
            while typed != text and len(parts) < _TURNS and not (parts and parts[-1].failure):
                parts.append(self._type_some(text[len(typed) :], target, bool(typed)))
                typed += parts[-1].typed
        failure = parts[-1].failure
        if typed != text:
            changing = DeviceError("the keyboard's layout does not stay as it is", "layout_changes", "try again")
            failure = self._kept(text[len(typed) :], failure or changing, len(typed))
        done = [part for part in parts if part.typed]
        method = "+".join(dict.fromkeys(part.method for part in done)) or "keys"
        return Delivery(typed, method, target, self._verified(typed, done, field), failure)

    def _verified(self, typed: str, parts: Sequence[_Part], field: Field | None) -> str:
        """field: where the text went, if that can be looked at."""
        if typed and field is not None and self._accessibility.shows(field, typed):
            return "accessibility"
        return "receipt" if parts and all(part.receipt for part in parts) else ""

    def standing(self) -> str | None:
        """What stands before the cursor of the focused window; None where nothing tells."""
        target = self._where()
        if is_terminal(target.app):  # it would tell of prompts, too
            return None
        field = self._accessibility.field(self._desktop.process(target.window))
        return None if field is None else self._accessibility.before(field)

    def _type_some(self, text: str, target: Target, begun: bool) -> _Part:
        failure = self._in_the_way(target, begun)
        if failure is not None:
            return _Part(failure=failure)
        layout = self._keyboard.layout()
        if layout.has(text) and self._prefers_keys(text, target):
            count = self._keyboard.write(text, layout, self._aim(target.window))
            return _Part("keys", text[:count])
        try:
            return self._paste(text, target)
        except DeviceError as error:  # the clipboard cannot be had
            return _Part(failure=error)

    def _in_the_way(self, target: Target, begun: bool) -> DeviceError | None:
        """Why keys cannot go to that window now."""
        deadline = time.monotonic() + _TAKEN_WAIT_S
        while True:
            focused, held = self._desktop.has_keys(target.window), False
            # A list of suggestions that comes up while we type holds the keyboard, too, and hands keys on.
            if focused and not begun:
                held = self._desktop.keyboard_taken(target)
            if focused and not held:
                break
            if time.monotonic() > deadline or not (focused or self._desktop.is_active(target.window)):
                return taken() if held else elsewhere(self._where())
            time.sleep(_TAKEN_POLL_S)
        if self._keyboard.locked():
            hint = "let go of Shift, Ctrl, Alt; look for sticky keys"
            return DeviceError("modifier keys are locked down", "keys_held", hint)
        return None

    def _is_another(self, target: Target, window: int) -> bool:
        """window: the one that is meant; 0 is any."""
        return bool(window) and target.window != window and not self._desktop.is_active(window)

    def _kept(self, text: str, failure: DeviceError, typed: int = 0) -> DeviceError:
        """The same failure, once what was not typed is on the clipboard. typed: how many characters were before."""
        message = f"{failure.message}; {typed} characters were typed before" if typed else failure.message
        hint = failure.hint
        if failure.code != "not_delivered":  # else it is there already
            with contextlib.suppress(DeviceError):
                self._own_clipboard().keep(text)
                what = "the rest" if typed else "the text"
                hint = f"{what} is on the clipboard: paste it where it belongs" + (f"; {hint}" if hint else "")
        return DeviceError(message, failure.code, hint)

    def _prefers_keys(self, text: str, target: Target) -> bool:
        if self._method == "keys" or not text.strip("\n\t"):  # a newline alone is the Return key, also in chats
            return True
        if self._method == "paste":
            return False
        # A tab leaves the field; an input method would turn letters into something else.
        return len(text) <= _KEYS_UP_TO and "\t" not in text and not self._desktop.has_input_method()

    def _paste(self, text: str, target: Target) -> _Part:
        chord = paste_chord(target.app)
        # Taking PRIMARY away clears the selection that the text may be meant to replace.
        selections = ("CLIPBOARD", "PRIMARY") if chord == SHIFT_INSERT else ("CLIPBOARD",)
        clipboard = self._own_clipboard()
        clipboard.lend(text, selections)
        time.sleep(_BEFORE_PASTE_S)
        clipboard.watch(target.window)
        if not self._keyboard.chord(parse(chord), goes=self._aim(target.window)):
            clipboard.give_back(0.0)
            return _Part(failure=self._in_the_way(target, begun=True))
        receipt = clipboard.received(_RECEIPT_S)
        if not receipt:
            clipboard.leave()
            message = f"{target.label or 'the window'} did not take the text"
            hint = "it is on the clipboard: paste it yourself, or set typing.method to keys"
            return _Part(failure=DeviceError(message, "not_delivered", hint))
        clipboard.give_back(self._paste_restore_s)
        time.sleep(_AFTER_RECEIPT_S)
        return _Part("paste", text, receipt == "window")

    def press(self, name: str, times: int, window: int) -> Target:
        """name: a chord, or one of keys.ACTIONS. window: no other may be focused; 0 is any. Raises DeviceError."""
        target = self._where()
        anywhere = name in ANYWHERE
        if self._is_another(target, window) and not anywhere:
            raise elsewhere(target)
        chord = chord_of(name, terminal=is_terminal(target.app))
        with self._keyboard.bare(self._release_wait_s):
            done = self._keyboard.chord(chord, times, self._aim(0 if anywhere else target.window))
        if done < times:
            raise elsewhere(self._where())
        return self._where()

    def _aim(self, window: int) -> Callable[[], bool]:
        """What tells whether keys go there; 0 is anywhere."""
        return lambda: not window or self._desktop.has_keys(window)

    def look(self) -> tuple[Target, Presses]:
        """The focused window, and what the person has pressed since we typed last. Raises DeviceError."""
        return self._desktop.focused(), self._presses_by_hand() - self._by_hand

    def _presses_by_hand(self) -> Presses:
        struck, self._keyboard.struck = self._keyboard.struck, []
        for keysym in struck:
            self._ours = self._ours.plus(keysym)
        return self._desktop.watch.count() - self._ours

    def _where(self) -> Target:
        try:
            return self._desktop.focused()
        except DeviceError:  # keys such as volume_up need no window
            return Target()

    def window(self, action: str, name: str) -> Target | None:
        """name: words of a title or a class; "" is the focused window. None where there is no such window."""
        target = self._desktop.focused() if not name else named(self._desktop.windows(), name)
        if target is not None:
            self._desktop.ask_manager(target.window, action)
            if action == "activate":
                self._await_focus(target.window)
        return target

    def _await_focus(self, window: int) -> None:
        """What is typed next is meant for it; a window manager that does not want to is not waited for any longer."""
        deadline = time.monotonic() + _RAISED_S
        while not (self._desktop.is_active(window) and self._desktop.has_keys(window)):
            if time.monotonic() > deadline:
                return
            time.sleep(_TAKEN_POLL_S)

    def scroll(self, steps: int) -> None:
        self._desktop.scroll(steps)

    def take_back(self, text: str, window: int, untouched: bool) -> bool:
        """Remove `text` from before the cursor of this window; False where it is not there any more.

        untouched: nothing was pressed since; a terminal does not tell what stands there, so it must be
        """
        target = self._desktop.focused()
        if target.window != window:
            return False
        with self._keyboard.bare(self._release_wait_s):
            if is_terminal(target.app):
                return untouched and self._erase_in_terminal(text, target)
            return self._erase_selected(text, target)

    def _erase_in_terminal(self, text: str, target: Target) -> bool:
        if "\n" in text:  # the line has gone to the program
            return False
        # A terminal's line editor counts code points.
        return self._keyboard.chord(parse("backspace"), len(text), self._aim(target.window)) == len(text)

    def _erase_selected(self, text: str, target: Target) -> bool:
        """Select back over it, look whether that is the text, and only then delete it."""
        if not self._select_back(text, target):
            return False
        return bool(self._keyboard.chord(parse("backspace"), 1, self._aim(target.window)))

    def _select_back(self, text: str, target: Target) -> bool:
        """Select the text before the cursor; where it is another, the cursor is put back where it was."""
        missing, self._marked, goes = text, 0, self._aim(target.window)
        with self._nothing_selected():
            while missing:
                steps = len(graphemes(missing))  # too few where a toolkit counts joined emoji by their parts
                self._marked += self._keyboard.chord(parse("shift+left"), steps, goes)
                selected = self._selection(text, target)
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
        self._keyboard.chord(parse("shift+right"), self._marked, self._aim(target.window))

    def _selection(self, wanted: str | None, target: Target) -> str:
        """What the window has selected, as soon as that is `wanted` or does not change any more."""
        clipboard = self._own_clipboard()
        now = changed = time.monotonic()
        deadline = now + _SELECT_S
        selected = ""
        while now < deadline and selected != wanted and not (selected and now - changed > _SELECT_SETTLED_S):
            time.sleep(_SELECT_POLL_S)
            now, last = time.monotonic(), selected
            if clipboard.owner("PRIMARY") == clipboard.client(target.window):
                selected = clipboard.read("PRIMARY")
            changed = changed if selected == last else now
        return selected

    @contextlib.contextmanager
    def _nothing_selected(self) -> Iterator[None]:
        """PRIMARY is ours: who owns it then has selected something since. An old selection must not pass for a new."""
        clipboard = self._own_clipboard()
        clipboard.lend("", ("PRIMARY",))
        try:
            yield
        finally:
            clipboard.give_back(self._paste_restore_s)

    def _telling(self, window: int) -> Target | None:
        """The focused window, where it is this one and tells what is selected in it."""
        target = self._where()
        if target.window != window or is_terminal(target.app) or target.app.lower() in _MODAL:
            return None
        return target

    def select_back(self, text: str, window: int) -> bool:
        """Select `text`, which stands before the cursor; False where it does not, or where nobody can tell."""
        target = self._telling(window)
        if target is None:
            return False
        with self._keyboard.bare(self._release_wait_s):
            return self._select_back(text, target)

    def unselect(self, window: int) -> None:
        """After `select_back`: the cursor is where it was."""
        target = self._telling(window)
        if target is not None:
            with self._keyboard.bare(self._release_wait_s):
                self._go_back(target)

    def take_selected(self, text: str, window: int) -> bool:
        """Delete what is selected, where that is `text`."""
        target = self._telling(window)
        if target is None or self._selection(text, target) != text:
            return False
        with self._keyboard.bare(self._release_wait_s):
            return bool(self._keyboard.chord(parse("backspace"), 1, self._aim(window)))

    def stands(self, text: str, window: int, untouched: bool) -> bool:
        """Whether `text` is before the cursor; where nobody can tell, whether nothing was pressed since."""
        target = self._telling(window)
        if target is None or not text:
            return untouched and self._where().window == window
        standing = self.standing()
        if standing is not None:
            return standing.endswith(text)
        with self._keyboard.bare(self._release_wait_s):
            if not self._select_back(text, target):
                return False
            self._go_back(target)
        return True

    def peek(self, window: int, most: int) -> str | None:
        """Up to so many characters before the cursor; None where nobody can tell."""
        target = self._telling(window)
        if target is None:
            return None
        with self._keyboard.bare(self._release_wait_s), self._nothing_selected():
            self._keyboard.chord(parse("shift+left"), most, self._aim(window))
            found = self._selection(None, target)
            self._keyboard.chord(parse("shift+right"), len(graphemes(found)), self._aim(window))
        return found

    def release(self) -> None:
        """After another typist was killed in the middle of a key."""
        self._keyboard.release()

    def _own_clipboard(self) -> XClipboard:
        if self._clipboard is None:
            self._clipboard = XClipboard()
        return self._clipboard

    def close(self) -> None:
        self._accessibility.close()
        if self._clipboard is not None:
            self._clipboard.close()


def named(windows: Sequence[Target], name: str) -> Target | None:
    """The topmost one whose class is `name`, else whose class or title holds all its words."""
    wanted = normal_name(name)
    for window in reversed(windows):
        if normal_name(window.app) == wanted:
            return window
    words = set(wanted.split())
    for window in reversed(windows):
        if words and words <= set(normal_name(f"{window.app} {window.title}").split()):
            return window
    return None
