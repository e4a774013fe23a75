"""A Wayland session for tests: headless sway with real windows whose text is read back from the application.

SwaySession   the compositor; `env` is what a process needs to reach it
foot()        a terminal that writes down every byte it gets
editor()      mousepad, a GTK editor; its text is what it saves
browser()     Chromium with a text field, which tells a small server on this computer what is in it
wayland_cells()  one row a text kind and application, for `make dictation-report`

Sway refuses to run as root: it gets a user namespace in which it is somebody else, or else another user.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from aihear_voice.acting.keys import parse
from aihear_voice.acting.wayland_keyboard import VirtualKeyboard
from aihear_voice.acting.wayland_wire import Connection

from .rigs import end, need, wait_until

_CONFIG = """
output HEADLESS-1 resolution 1280x800
focus_follows_mouse no
xwayland disable
{more}
"""
_NOBODY = "1234"

# What is typed in the tests and in the report; each ends as it may end in a text.
KINDS = {
    "ASCII": 'The {quick} [brown] fox_jumps @ 10:30 & says "hi" ~ it\'s <fine>; a\\b | c^d `e` #1 $2 50% (3*4)=12+x?!',
    "accents": "Größe, café, señor, naïve, Čapek, Łódź: «ça» — 20 € ½ ªº ¿qué?",
    "CJK": "你好，世界！日本語を話す。한국어 텍스트",
    "emoji": "ok \U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd ❤️",
    "RTL": "שלום עולם, مرحبا بالعالم 123",
    "newlines": "one\ntwo\n\nthree\n",
    "5,000 characters": " ".join(f"word{n} größer 数{n} «ok»" for n in range(400))[:5000],
}


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


class Window:
    """A window of the session. path: the file in which its text stands"""

    def __init__(self, session: SwaySession, title: str, path: Path, process: subprocess.Popen[bytes]) -> None:
        self.title = title
        self.path = path
        self._session = session
        self._process = process
        self._seen = ""
        wait_until(lambda: self.node(), f"the window {title} opens", 40)
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
        self._keyboard: VirtualKeyboard | None = None
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
        """On a keyboard of our own, as a person would."""
        if self._keyboard is None:
            with mock.patch.dict(os.environ, self.env):
                self._keyboard = VirtualKeyboard(Connection(), 0.0)
        self._keyboard.chord(parse(chord), 1, lambda: False)

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

    def editor(self) -> Window:
        need("mousepad", "dbus-run-session")
        path = self._file()
        path.touch()
        command = ("dbus-run-session", "mousepad", "--disable-server", str(path))
        process = self.start(*command, GDK_BACKEND="wayland", GSETTINGS_BACKEND="memory")
        window = self._opened(Editor(self, path.name, path, process))
        time.sleep(0.5)  # GTK places its cursor after the window is up; nothing tells when
        return window

    def browser(self) -> Window:
        need("chromium")
        path = self._file()
        path.touch()
        server = _page_server(path)
        command = (
            "chromium", "--ozone-platform=wayland", "--no-sandbox", "--no-first-run", "--disable-gpu",
            "--disable-dev-shm-usage", "--password-store=basic", f"--user-data-dir={path}.profile",
            f"--app=http://127.0.0.1:{server.server_port}/",
        )  # fmt: skip
        window = self._opened(Window(self, path.name, path, self.start(*command)))
        wait_until(path.with_suffix(".ready").exists, "the page has its focus", 40)
        return window

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


_PAGE = """<!doctype html><meta charset=utf-8><title>{title}</title>
<textarea id=t style="width:95%;height:90%" autofocus></textarea><script>
const field = document.getElementById("t");
const tell = () => fetch("/text", {{method: "POST", body: field.value}});
field.addEventListener("input", tell);
field.addEventListener("focus", () => fetch("/ready", {{method: "POST"}}));
field.focus();
if (document.hasFocus()) fetch("/ready", {{method: "POST"}});
</script>"""


def _page_server(path: Path) -> http.server.ThreadingHTTPServer:
    """Serves a page with a text field whose content goes into `path` at each change, in order."""
    lock = threading.Lock()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(_PAGE.format(title=path.name).encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with lock:
                if self.path == "/ready":
                    path.with_suffix(".ready").touch()
                else:
                    path.write_bytes(body)
            self._answer(b"")

        def _answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


@contextlib.contextmanager
def sway(more: str = "") -> Iterator[SwaySession]:
    session = SwaySession(more)
    try:
        yield session
    finally:
        session.close()
