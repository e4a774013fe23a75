"""A Wayland session for tests: headless sway with real windows whose text is read back from the application.

Hand          a keyboard of the person
SwaySession   the compositor; `env` is what a process needs to reach it
foot()        a terminal that writes down every byte it gets
editor()      mousepad, a GTK editor; its text is what it saves
browser()     Chromium with a text field, which tells a small server on this computer what is in it
wayland_cells()  each kind of text in each of them, for `make dictation-report`

Sway refuses to run as root: it gets a user namespace in which it is somebody else, or else another user.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from unittest import mock

from aihear_voice import settings
from aihear_voice.acting.keys import MODIFIERS, parse
from aihear_voice.acting.typist import DesktopTypist
from aihear_voice.acting.wayland.keyboard import VirtualKeyboard
from aihear_voice.acting.wayland.keymap import Keymap, Stroke
from aihear_voice.acting.wayland.wire import Connection

from .page import Page
from .reporting import Cell
from .rigs import end, need, wait_until

_CONFIG = """
output HEADLESS-1 resolution 1280x800
focus_follows_mouse no
xwayland disable
{more}
"""
_NOBODY = "1234"
_OPENS_S = 60.0  # Chromium on a busy computer


@functools.cache
def _as_somebody() -> tuple[str, ...]:
    """What to put before a command that refuses root."""
    if os.getuid():
        return ()
    ways = (
        ("unshare", "--user", f"--map-user={_NOBODY}", f"--map-group={_NOBODY}"),
        ("setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups"),
    )
    for way in ways:
        if shutil.which(way[0]) and subprocess.run([*way, "true"], capture_output=True).returncode == 0:
            return way
    raise AssertionError("neither unshare nor setpriv runs a program as another user")


class Hand:
    """The person's own keyboard. layout: of xkb"""

    def __init__(self, layout: str = "us") -> None:
        with mock.patch.dict(os.environ, {"XKB_DEFAULT_LAYOUT": layout}):
            self.connection = Connection()
            self._keyboard = VirtualKeyboard(self.connection, 0.0)
            self.keymap = self._keyboard.keymap = Keymap()
            self._keyboard._changed()
        self._mask = 0

    def key(self, keysym: int, down: bool) -> None:
        """A key goes down or up."""
        self.code(self.keymap.keys[keysym].keycode, down)

    def code(self, code: int, down: bool) -> None:
        """The kernel's code of a key."""
        mask = self._keyboard._own_mask(Stroke(code))
        self._mask = self._mask | mask if down else self._mask & ~mask
        self._keyboard._press(code, down)
        self._keyboard._modifiers(self._mask, 0)
        self.connection.roundtrip()

    def hold(self, name: str) -> None:
        self.key(MODIFIERS[name].keysym, True)

    def let_go(self, name: str) -> None:
        self.key(MODIFIERS[name].keysym, False)

    def press(self, chord: str) -> None:
        assert self._keyboard.chord(parse(chord), 1, lambda: False) == 1

    def type(self, text: str) -> None:
        assert self._keyboard.write(text, lambda: False) == text

    def close(self) -> None:
        self.connection.close()


class Window:
    """A window of the session, focused. path: the file in which its text stands"""

    def __init__(self, session: SwaySession, title: str, path: Path, process: subprocess.Popen[bytes]) -> None:
        self.title = title
        self.path = path
        self._session = session
        self._process = process
        self._seen = ""
        wait_until(lambda: self.node(), f"the window {title} opens", _OPENS_S)
        self.focus()

    def node(self) -> dict[str, object] | None:
        """As sway sees it."""
        return next((node for node in self._session.windows() if self.title in str(node["name"])), None)

    def text(self) -> str:
        """All of it, as the application has it now."""
        return self.path.read_bytes().decode("utf-8", "replace")

    def added(self, expected: str, timeout: float = 15.0) -> str:
        """What came to the text since the last call, once it is `expected`; else as it is after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while (text := self.text()) != self._seen + expected and time.monotonic() < deadline:
            time.sleep(0.03)
        seen, self._seen = self._seen, text
        return text.removeprefix(seen)

    def wait_text(self, expected: str, timeout: float = 15.0) -> str:
        """All of it, once it is `expected`; else as it is after `timeout` seconds."""
        self._seen = ""
        return self.added(expected, timeout)

    def focus(self) -> None:
        node = self.node()
        assert node is not None
        self._session.swaymsg(f"[con_id={node['id']}] focus")
        wait_until(lambda: (self.node() or {}).get("focused"), f"{self.title} is focused")

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        end(self._process)
        wait_until(lambda: self.node() is None, f"{self.title} is gone")


class Editor(Window):
    """Its text is what it writes when told to save."""

    def text(self) -> str:
        self._session.press("ctrl+s")  # GTK knows no shortcuts on the keymap that wtype brings
        time.sleep(0.2)
        return super().text()


class Browser(Window):
    def __init__(self, session: SwaySession, page: Page, path: Path, process: subprocess.Popen[bytes]) -> None:
        self._page = page
        super().__init__(session, path.name, path, process)
        wait_until(lambda: page.focused, "the field has its focus", _OPENS_S)

    def text(self) -> str:
        return self._page.text

    def close(self) -> None:
        super().close()
        self._page.close()


class SwaySession:
    """more: further lines of sway's configuration"""

    def __init__(self, more: str = "") -> None:
        need("sway", "swaymsg", "foot", "wtype", "wl-copy")
        self.folder = Path(tempfile.mkdtemp(prefix="aihear-sway-"))
        self.folder.chmod(0o777)
        runtime = self.folder / "run"
        runtime.mkdir()
        if _as_somebody()[:1] == ("setpriv",):
            os.chown(runtime, int(_NOBODY), int(_NOBODY))
        runtime.chmod(0o700)
        config = self.folder / "config"
        config.write_text(_CONFIG.format(more=more))
        self._windows: list[Window] = []
        self._runtime = runtime
        variables = {
            "XDG_RUNTIME_DIR": str(runtime), "HOME": str(runtime), "WLR_BACKENDS": "headless",
            "WLR_RENDERER": "pixman", "WLR_LIBINPUT_NO_DEVICES": "1", "LIBSEAT_BACKEND": "noop",
        }  # fmt: skip
        log = (self.folder / "sway.log").open("wb")
        self._sway = subprocess.Popen(
            [*_as_somebody(), "sway", "-c", str(config)], env=os.environ | variables, stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
        wait_until(lambda: self._sockets(runtime), "sway starts", 20)
        display, control = self._sockets(runtime) or ("", "")
        self.env = {"WAYLAND_DISPLAY": display, "SWAYSOCK": control}
        with mock.patch.dict(os.environ, self.env):
            self._hand = Hand()  # without any keyboard nothing has the focus in a browser

    def _sockets(self, runtime: Path) -> tuple[str, str] | None:
        assert self._sway.poll() is None, (self.folder / "sway.log").read_text()
        displays = [path for path in runtime.glob("wayland-*") if path.suffix != ".lock"]
        controls = list(runtime.glob("sway-ipc.*.sock"))
        return (str(displays[0]), str(controls[0])) if displays and controls else None

    def environment(self) -> dict[str, str]:
        return {
            **os.environ, **self.env, "LC_ALL": "C.UTF-8",
            "XDG_RUNTIME_DIR": os.environ.get("XDG_RUNTIME_DIR", str(self._runtime)),
        }  # fmt: skip

    def press(self, chord: str) -> None:
        """As the person would."""
        self._hand.press(chord)

    def swaymsg(self, *arguments: str) -> str:
        done = subprocess.run(
            ["swaymsg", *arguments], env=self.environment(), capture_output=True, text=True, timeout=10
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def windows(self) -> list[dict[str, object]]:
        """Leaves of sway's tree that are windows."""
        found, waiting = [], [json.loads(self.swaymsg("-t", "get_tree"))]
        while waiting:
            node = waiting.pop()
            waiting += [*node.get("nodes", ()), *node.get("floating_nodes", ())]
            if node.get("pid"):
                found.append(node)
        return found

    def start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{Path(command[0]).name}.log").open("ab")
        return subprocess.Popen(
            command, env=self.environment() | environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip

    def _file(self) -> Path:
        return self.folder / f"text-{len(list(self.folder.glob('text-*')))}.txt"

    def foot(self, title: str = "aihear foot", *options: str, program: str = "stty -echo -icanon; cat") -> Window:
        """A terminal that writes every byte it gets to a file, as a program in it would get it.

        program: what runs in it; its output is the window's text
        """
        path = self._file()
        path.touch()
        ready = path.with_suffix(".ready")
        setup, _, last = program.rpartition("; ")
        shell = f"{setup}; touch '{ready}'; {last} > '{path}'"
        process = self.start("foot", "-T", title, "-o", "locked-title=yes", *options, "sh", "-c", shell)
        window = self._opened(Window(self, title, path, process))
        wait_until(ready.exists, "the terminal's shell runs")
        return window

    def shell(self, line: Path) -> Window:
        """A terminal with bash's line editor; the line that it reads goes into this file, and that is its end."""
        script = f"""read -e l; echo "$l" > '{line}'"""
        command = ("foot", "-T", "shell", "-o", "locked-title=yes", "bash", "--norc", "-c", script)
        window = self._opened(Window(self, "shell", line, self.start(*command)))
        time.sleep(0.5)  # the line editor has to come up; nothing tells when
        return window

    def editor(self, own_bus: bool = True) -> Window:
        """own_bus: it gets a D-Bus session of its own; else it is on the one of the environment."""
        need("mousepad", "dbus-run-session")
        path = self._file()
        path.touch()
        command = (*["dbus-run-session"] * own_bus, "mousepad", "--disable-server", str(path))
        process = self.start(*command, GDK_BACKEND="wayland", GSETTINGS_BACKEND="memory")
        window = self._opened(Editor(self, path.name, path, process))
        time.sleep(0.5)  # GTK places its cursor after the window is up; nothing tells when
        return window

    def browser(self) -> Window:
        need("chromium")
        path = self._file()
        path.touch()
        page = Page(path.name)
        self.press("shift")  # it crashes where the keyboard that was used last is gone, as after wtype
        process = self.start(
            "chromium", "--ozone-platform=wayland", "--no-sandbox", "--no-first-run", "--disable-gpu",
            "--disable-dev-shm-usage", "--password-store=basic", "--disable-background-networking",
            "--disable-component-update", f"--user-data-dir={path}.profile", f"--app={page.url}",
        )  # fmt: skip
        return self._opened(Browser(self, page, path, process))

    def _opened(self, window: Window) -> Window:
        self._windows.append(window)
        return window

    def clipboard(self, *options: str) -> str:
        """options: of wl-paste; --primary."""
        done = subprocess.run(
            ["wl-paste", "--no-newline", *options], env=self.environment(), capture_output=True, timeout=10
        )
        return done.stdout.decode()

    def copy(self, text: str, *options: str) -> None:
        subprocess.run(["wl-copy", *options], input=text.encode(), env=self.environment(), check=True, timeout=10)

    def reset(self) -> None:
        """Close the windows."""
        while self._windows:
            self._windows.pop().close()

    def close(self) -> None:
        self.reset()
        end(self._sway)
        shutil.rmtree(self.folder, ignore_errors=True)


@contextlib.contextmanager
def sway(more: str = "") -> Iterator[SwaySession]:
    session = SwaySession(more)
    try:
        yield session
    finally:
        session.close()


def wayland_cells(texts: Mapping[str, str]) -> Iterator[Cell]:
    """Each text in each application, typed by the program's own typist. texts: by row."""
    with sway() as session, mock.patch.dict(os.environ, session.environment()):
        os.environ.pop("DISPLAY", None)
        for name, opened in (
            ("foot", session.foot), ("mousepad (GTK)", session.editor), ("Chromium", session.browser)
        ):  # fmt: skip
            window = opened()
            typist = DesktopTypist(settings.defaults().typing)
            typist.press("shift")  # its process is there before anything is measured
            for row, text in texts.items():
                begun = time.monotonic()
                done = typist.type(text)
                seconds = time.monotonic() - begun
                yield Cell(row, f"{name} Wayland", text, window.added(text, 30.0), done.method, seconds)
            typist.close()
            window.close()
