"""Keys of the whole desktop under Wayland, where no program may watch the keyboard: the GlobalShortcuts portal.

The desktop asks the person once which keys are to be used, and tells when they go down and up.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping

from ..errors import DeviceError
from ..portal import Portal

Post = Callable[[str, bool, float], None]

_PATIENCE_S = 600.0  # the person reads the desktop's question in their own time
_POLL_S = 0.5
_MODIFIERS = ("ctrl", "shift", "alt", "cmd")
# Names of keys as xkbcommon has them, where they differ from ours with a capital.
_NAMES = {"page_up": "Page_Up", "page_down": "Page_Down", "esc": "Escape", "enter": "Return", "backspace": "BackSpace"}
_NAMES |= {"scroll_lock": "Scroll_Lock", "num_lock": "Num_Lock", "print_screen": "Print", "space": "space"}
# Where the key that was set is a modifier, as Right Ctrl, which no portal takes alone.
_PROPOSALS = {"talk": "CTRL+ALT+space", "dictate": "CTRL+ALT+d", "mute": "CTRL+ALT+m"}
_DESCRIPTIONS = {
    "talk": "Hold or tap to talk to the assistant",
    "dictate": "Hold or tap to dictate",
    "mute": "Close or open the microphone",
}


class PortalKeys:
    """The same use as keys.KeyListener. What is bound to which key is the desktop's to say."""

    def __init__(self, roles: Mapping[str, str], post: Post) -> None:
        """roles: of _DESCRIPTIONS, and the key that was set for each. Raises DeviceError "no_portal"."""
        self._roles = roles
        self._post = post
        self._portal = Portal("GlobalShortcuts")
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="portal-keys", daemon=True)

    def start(self) -> None:
        """Returns at once; the person may be asked first."""
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(2 * _POLL_S)
        self._portal.close()

    def pause(self) -> None:
        """What the program types is no shortcut of the desktop."""

    def resume(self) -> None:
        """See pause."""

    def _serve(self) -> None:
        with contextlib.suppress(DeviceError):  # refused: `aihear trigger` still works
            self._bind()
            while not self._stopping.is_set():
                signal = self._portal.next_signal(_POLL_S)
                if signal is not None and signal[0] in ("Activated", "Deactivated"):
                    key = self._roles.get(signal[1][1])
                    if key is not None:
                        self._post(key, signal[0] == "Activated", time.monotonic())

    def _bind(self) -> None:
        # The desktop remembers the keys by these names.
        shortcuts = [
            (role, {"description": ("s", _DESCRIPTIONS[role]), "preferred_trigger": ("s", _trigger(role, key))})
            for role, key in self._roles.items()
        ]
        session = self._portal.session()
        self._portal.request("BindShortcuts", "oa(sa{sv})sa{sv}", (session, shortcuts, "", {}), _PATIENCE_S)


def _trigger(role: str, key: str) -> str:
    """As the XDG shortcuts specification writes it."""
    if key.startswith((*_MODIFIERS, "mouse:")):
        return _PROPOSALS[role]
    return _NAMES.get(key, key if len(key) == 1 else key.capitalize())
