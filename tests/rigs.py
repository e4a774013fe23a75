"""Real parts for tests: spoken sentences, a sound server, a screen with windows, the program as a process.

speech()      a sentence by espeak-ng or flite, float32 mono 16 kHz
PulseServer   a private PulseAudio whose null sinks are the microphone's cable and the loudspeaker
Screen        an X server with a window manager, text windows that can be read back, and xterm
Program       `aihear ... --json` as a process; its events as dictionaries
Frozen        its recogniser, stopped in the middle of its work

A missing binary skips the test on a person's computer and fails it where CI is set (`need`).
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

RATE = 16_000  # Hz, of all samples that go in and out here
HERE = Path(__file__).resolve().parent


def need(*binaries: str) -> None:
    """Skip, or fail in CI, where one of these programs is not installed."""
    missing = [name for name in binaries if shutil.which(name) is None]
    if not missing:
        return
    message = f"not installed: {', '.join(missing)} (make setup-test installs it)"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def wait_until(condition: Callable[[], object], what: str, timeout: float = 10.0) -> None:
    """Raises AssertionError where `condition` does not come true within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {timeout} s"
        time.sleep(0.02)


# -- sound ------------------------------------------------------------------------------------------------


def speech(text: str, voice: str = "flite:slt", rate: int | None = None) -> np.ndarray:
    """`text` spoken: float32, shape (n,), 16 kHz.

    voice: "flite:slt|rms|kal|kal16|awb" or "espeak:LANGUAGE[+VARIANT]", e.g. "espeak:en-us+f3", "espeak:de"
    rate: words a minute; None is the voice's own
    """
    return _synthesised(text, voice, rate).copy()  # a test may change what it gets


@functools.lru_cache(maxsize=512)
def _synthesised(text: str, voice: str, rate: int | None) -> np.ndarray:
    engine, _, name = voice.partition(":")
    with tempfile.TemporaryDirectory(prefix="aihear-speech-") as folder:
        path = Path(folder) / "speech.wav"
        command = {"espeak": _espeak, "flite": _flite}[engine](text, name, rate, path)
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        return read_wav(path)


def _espeak(text: str, name: str, rate: int | None, path: Path) -> list[str]:
    need("espeak-ng")
    _, _, variant = name.partition("+")
    # A misspelt variant falls back to the plain voice without a word.
    assert not variant or variant in _espeak_variants(), f"espeak-ng has no variant {variant}"
    speed = ["-s", str(rate)] if rate else []
    return ["espeak-ng", "-v", name, *speed, "-w", str(path), "--", text]


def _flite(text: str, name: str, rate: int | None, path: Path) -> list[str]:
    need("flite")
    assert name in _flite_voices(), f"flite has no voice {name}"
    stretch = ["--setf", f"duration_stretch={170 / rate:.3f}"] if rate else []
    return ["flite", "-voice", name, *stretch, "-t", text, "-o", str(path)]


@functools.cache
def _espeak_variants() -> frozenset[str]:
    listed = subprocess.run(["espeak-ng", "--voices=variant"], check=True, capture_output=True, text=True).stdout
    return frozenset(word.removeprefix("!v/") for word in listed.split() if word.startswith("!v/"))


@functools.cache
def _flite_voices() -> frozenset[str]:
    listed = subprocess.run(["flite", "-lv"], check=True, capture_output=True, text=True).stdout
    return frozenset(listed.partition(":")[2].split())


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), dtype=np.float32)


def join(*parts: np.ndarray | float) -> np.ndarray:
    """One recording; a number stands for so many seconds of silence."""
    arrays = [silence(part) if isinstance(part, (int, float)) else part for part in parts]
    return np.concatenate(arrays).astype(np.float32)


def noise(seconds: float, rms: float, seed: int = 0) -> np.ndarray:
    """White noise of that root mean square (full scale is 1)."""
    return (np.random.default_rng(seed).standard_normal(round(seconds * RATE)) * rms).astype(np.float32)


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0


def read_wav(path: Path | str) -> np.ndarray:
    """16-bit PCM of any rate and channels -> float32 mono 16 kHz."""
    with wave.open(str(path)) as file:
        raw, rate, channels = file.readframes(file.getnframes()), file.getframerate(), file.getnchannels()
    samples = np.frombuffer(raw, dtype="<i2").astype(np.float32) / 32768
    return resample(samples.reshape(-1, channels).mean(axis=1), rate, RATE)


def write_wav(path: Path | str, samples: np.ndarray, rate: int = RATE) -> Path:
    """Float samples as 16-bit mono PCM."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return Path(path)


def resample(samples: np.ndarray, rate: int, to: int) -> np.ndarray:
    import soxr

    return samples.astype(np.float32) if rate == to else soxr.resample(samples, rate, to).astype(np.float32)


# -- sound server -----------------------------------------------------------------------------------------

_PULSE_MODULES = """
load-module module-native-protocol-unix auth-anonymous=1 socket={socket}
load-module module-null-sink sink_name=mic_in sink_properties=device.description=MicCable rate=48000 norewinds=1
load-module module-null-sink sink_name=speaker sink_properties=device.description=Loudspeaker rate=48000 norewinds=1
load-module module-remap-source master=mic_in.monitor source_name=vmic source_properties=device.description=VirtualMic
set-default-sink speaker
set-default-source vmic
"""  # without norewinds the first frames come 1.7 s late and jump


class Recording:
    """What a device plays; `samples` may be read while it goes on."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def samples(self) -> np.ndarray:
        """Float32, 16 kHz, from the start to now."""
        raw = self._path.read_bytes()
        return np.frombuffer(raw[: len(raw) // 4 * 4], dtype="<f4").copy()


class PulseServer:
    """A PulseAudio of our own. What is played to "mic_in" is heard by the source "vmic", the default microphone;
    "speaker" is the default loudspeaker. Both at 48 kHz.

    env: what a process needs to reach it; merge it over os.environ (the fixture `pulse` has done so already)
    """

    def __init__(self) -> None:
        need("pulseaudio", "pactl", "paplay", "parec")
        self.folder = Path(tempfile.mkdtemp(prefix="aihear-pulse-"))
        runtime = self.folder / "run"
        runtime.mkdir(mode=0o700)
        self._socket = runtime / "native"
        self.env = {
            "PULSE_SERVER": f"unix:{self._socket}",
            "PULSE_RUNTIME_PATH": str(runtime),
            "PULSE_STATE_PATH": str(self.folder),
            "PULSE_COOKIE": str(self.folder / "cookie"),
        }
        self._server: subprocess.Popen[bytes] | None = None
        self._takes = 0
        self.start()

    def start(self) -> None:
        script = self.folder / "rig.pa"
        script.write_text(_PULSE_MODULES.format(socket=self._socket))
        environment = {k: v for k, v in self._environment().items() if not k.startswith("DBUS_")}
        command = ["pulseaudio", "-n", "-F", str(script), "--daemonize=no", "--exit-idle-time=-1"]
        command += ["--use-pid-file=no", "--disable-shm=yes", f"--log-target=file:{self.folder / 'log'}"]
        self._server = subprocess.Popen(command, env=environment | {"HOME": str(self.folder)}, start_new_session=True)
        wait_until(self.answers, "PulseAudio answers")

    def answers(self) -> bool:
        asked = subprocess.run(["pactl", "info"], env=self._environment(), capture_output=True, timeout=10)
        return asked.returncode == 0 and b"vmic" in asked.stdout

    def kill(self) -> None:
        """The sound server is gone, as after a crash; `start` brings it back."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None
        self._socket.unlink(missing_ok=True)

    def restart(self) -> None:
        self.kill()
        self.start()

    def close(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def reset(self) -> None:
        """As it was at the start, whatever a test did to it."""
        modules = self.pactl("list", "short", "modules") if self.answers() else ""
        if "module-remap-source" not in modules or "module-loopback" in modules:
            self.restart()
        self.suspend_microphone(False)

    def pactl(self, *arguments: str) -> str:
        """What it printed. Raises AssertionError with its complaint."""
        done = subprocess.run(
            ["pactl", *arguments], env=self._environment() | {"LC_ALL": "C"}, capture_output=True, text=True, timeout=10
        )
        assert done.returncode == 0, f"pactl {' '.join(arguments)}: {done.stderr.strip()}"
        return done.stdout

    def play(self, sound: np.ndarray | Path | str, device: str = "mic_in") -> None:
        """Blocks until it has been heard."""
        player = self.play_in_background(sound, device)
        assert player.wait(timeout=600) == 0, f"paplay to {device} failed"

    def play_in_background(self, sound: np.ndarray | Path | str, device: str = "mic_in") -> subprocess.Popen[bytes]:
        """sound: float 16 kHz samples, or a WAV or FLAC file. Terminate the process to cut it short."""
        if isinstance(sound, np.ndarray):
            self._takes += 1
            sound = write_wav(self.folder / f"play-{self._takes}.wav", sound)
        return subprocess.Popen(["paplay", f"--device={device}", str(sound)], env=self._environment())

    @contextlib.contextmanager
    def record(self, device: str = "speaker") -> Iterator[Recording]:
        """with pulse.record() as recording: ...; then recording.samples, or even while it records."""
        self._takes += 1
        path = self.folder / f"record-{self._takes}.raw"
        command = ["parec", f"--device={device}.monitor", f"--rate={RATE}", "--channels=1", "--format=float32le"]
        with path.open("wb") as file:
            recorder = subprocess.Popen([*command, "--raw", "--latency-msec=20"], stdout=file, env=self._environment())
        try:
            wait_until(lambda: path.stat().st_size > 0, f"recording of {device} starts")
            yield Recording(path)
            time.sleep(0.1)  # what was played last is still on its way
        finally:
            recorder.terminate()
            recorder.wait(timeout=10)

    def unplug_microphone(self) -> None:
        """The source goes; the monitors of the sinks stay, so a stream moves to one of these and hears zeros."""
        self.pactl("unload-module", "module-remap-source")

    def plug_microphone(self) -> None:
        self.pactl("load-module", "module-remap-source", "master=mic_in.monitor", "source_name=vmic")
        self.pactl("set-default-source", "vmic")

    def unplug_everything(self) -> None:
        """No source and no sink is left; `restart` brings them back."""
        self.pactl("unload-module", "module-remap-source")
        self.pactl("unload-module", "module-null-sink")

    def suspend_microphone(self, on: bool = True) -> None:
        """A suspended source delivers nothing while its stream still counts as active."""
        self.pactl("suspend-source", "vmic", "1" if on else "0")

    @contextlib.contextmanager
    def loopback(self, decibel: float) -> Iterator[None]:
        """The microphone hears the loudspeaker at that level (e.g. -20), as in a room."""
        module = self.pactl(
            "load-module", "module-loopback", "source=speaker.monitor", "sink=mic_in", "latency_msec=30"
        ).strip()
        try:
            wait_until(lambda: self._input_of(module), "the loopback connects")
            self.pactl("set-sink-input-volume", str(self._input_of(module)), f"{decibel:g}dB")
            yield
        finally:
            self.pactl("unload-module", module)

    def _input_of(self, module: str) -> str | None:
        number = None
        for line in self.pactl("list", "sink-inputs").splitlines():
            if line.startswith("Sink Input #"):
                number = line.partition("#")[2]
            elif line.strip() == f"Owner Module: {module}":
                return number
        return None

    def _environment(self) -> dict[str, str]:
        return os.environ | self.env


# -- screen -----------------------------------------------------------------------------------------------


class TextWindow:
    """A window with a text field (or a terminal), which writes down what is typed into it."""

    def __init__(self, screen: Screen, title: str, path: Path, process: subprocess.Popen[bytes]) -> None:
        self.title = title
        self._screen = screen
        self._path = path
        self._process = process
        wait_until(lambda: screen.find(title), f"the window {title} opens", 20)

    def text(self) -> str:
        return self._path.read_text(encoding="utf-8") if self._path.exists() else ""

    def wait_text(self, expected: str, timeout: float = 10.0) -> str:
        """The text as soon as it is `expected`; else what there is after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while self.text() != expected and time.monotonic() < deadline:
            time.sleep(0.03)
        return self.text()

    def focus(self) -> None:
        wait_until(lambda: self._screen.find(self.title), f"the window {self.title} is there")
        window = self._screen.find(self.title)
        self._screen.xdotool("windowactivate", "--sync", window)
        self._screen.xdotool("windowfocus", "--sync", window)

    def close(self) -> None:
        end(self._process)


class Screen:
    """An X server on a free display, with openbox. `env` is what a process needs to reach it."""

    def __init__(self) -> None:
        need("Xvfb", "openbox", "xdotool", "setxkbmap")
        self.folder = Path(tempfile.mkdtemp(prefix="aihear-screen-"))
        self._processes: list[subprocess.Popen[bytes]] = []
        self._windows: list[TextWindow] = []
        self.env = {"DISPLAY": f":{self._start_server()}"}
        self._spawn("openbox")
        wait_until(self._managed, "openbox manages the screen")

    def _start_server(self) -> str:
        read, write = os.pipe()
        command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-noreset"]
        log = (self.folder / "xvfb.log").open("wb")
        self._processes.append(
            subprocess.Popen(command, pass_fds=[write], stdout=log, stderr=log, start_new_session=True)
        )
        os.close(write)
        with os.fdopen(read) as pipe:
            return pipe.readline().strip()

    def _managed(self) -> bool:
        asked = subprocess.run(["xdotool", "get_desktop"], env=os.environ | self.env, capture_output=True)
        return asked.returncode == 0

    def _spawn(self, *command: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{Path(command[0]).name}.log").open("wb")
        process = subprocess.Popen(
            command, env=os.environ | self.env, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
        self._processes.append(process)
        return process

    def copy(self, text: str) -> None:
        """As a person does it; "" empties the clipboard."""
        command = ["xclip", "-selection", "clipboard", *(["/dev/null"] if not text else [])]
        subprocess.run(command, env=os.environ | self.env, input=text.encode(), check=True, timeout=10)

    def clipboard(self) -> str:
        got = subprocess.run(
            ["xclip", "-selection", "clipboard", "-o"], env=os.environ | self.env, capture_output=True, timeout=10
        )
        return got.stdout.decode()

    def xdotool(self, *arguments: str) -> str:
        return subprocess.run(
            ["xdotool", *arguments], env=os.environ | self.env, check=True, capture_output=True, text=True, timeout=20
        ).stdout.strip()

    def find(self, title: str) -> str:
        """The id of the visible window with that title, "" where there is none."""
        # Where another window opens or closes meanwhile, xdotool gives up with nothing found.
        command = ["xdotool", "search", "--onlyvisible", "--name", f"^{title}$"]
        asked = (subprocess.run(command, env=os.environ | self.env, capture_output=True, text=True) for _ in range(3))
        return next((window for one in asked if (window := one.stdout.split("\n")[0])), "")

    def window(self, title: str = "aihear text") -> TextWindow:
        """Opens a text window and focuses it; with a second one, watch what the focus does."""
        path = self.folder / f"window-{len(self._processes)}.txt"
        process = self._spawn(python_with_tk(), str(HERE / "text_window.py"), str(path), title)
        return self._opened(TextWindow(self, title, path, process))

    def xterm(self, title: str = "aihear xterm") -> TextWindow:
        """A terminal that writes every byte it gets to a file, as a shell would get it."""
        need("xterm")
        path = self.folder / f"xterm-{len(self._processes)}.txt"
        shell = f"stty -echo -icanon; cat > '{path}'"
        process = self._spawn("xterm", "-T", title, "-u8", "-e", "bash", "-c", shell)
        opened = self._opened(TextWindow(self, title, path, process))
        wait_until(path.exists, "the terminal's shell runs")
        return opened

    def _opened(self, window: TextWindow) -> TextWindow:
        window.focus()
        self._windows.append(window)
        return window

    @property
    def first(self) -> TextWindow:
        return self._windows[0]

    def text(self) -> str:
        """Of the window that the fixture opened."""
        return self.first.text()

    def wait_text(self, expected: str, timeout: float = 10.0) -> str:
        return self.first.wait_text(expected, timeout)

    def focus(self) -> None:
        self.first.focus()

    def reset(self) -> None:
        """Close the windows; give the keyboard its own keys back, of which typing programs borrow some."""
        while self._windows:
            self._windows.pop().close()
        subprocess.run(["setxkbmap", "us"], env=os.environ | self.env, check=True, capture_output=True)
        self.xdotool("keyup", "shift", "ctrl", "alt", "super")

    def close(self) -> None:
        for process in reversed(self._processes):
            end(process)
        shutil.rmtree(self.folder, ignore_errors=True)


@functools.cache
def python_with_tk() -> str:
    """The tests' own interpreter may have been built without tkinter."""
    for python in (sys.executable, "/usr/bin/python3"):
        found = shutil.which(python)
        if found and subprocess.run([found, "-c", "import tkinter"], capture_output=True).returncode == 0:
            return found
    message = "no Python with tkinter (make setup-test installs python3-tk)"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@contextlib.contextmanager
def session_bus() -> Iterator[str]:
    """The address of a D-Bus session of its own. What is started on it ends with it."""
    need("dbus-daemon")
    command = ["dbus-daemon", "--session", "--nofork", "--print-address=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as daemon:
        try:
            assert daemon.stdout is not None
            yield daemon.stdout.readline().strip()
        finally:
            daemon.terminate()


def end(process: subprocess.Popen[bytes] | subprocess.Popen[str], timeout: float = 5.0) -> None:
    """Terminate it, and kill it where it does not care."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


# -- the program ------------------------------------------------------------------------------------------


def aihear_once(*arguments: str, timeout: float = 120.0, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `aihear ARGUMENTS` to its end. environment: added to the one of the tests."""
    return subprocess.run(
        [sys.executable, "-m", "aihear_voice", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
    )


@functools.cache
def without_network() -> tuple[str, ...]:
    """What to put before a command to run it in a network namespace without any network; () where we may not."""
    command = ("unshare", "--net")
    may = shutil.which("unshare") and subprocess.run([*command, "true"], capture_output=True).returncode == 0
    assert may or "CI" not in os.environ, "CI must be able to unshare the network"
    return command if may else ()


class Program:
    """`aihear ARGUMENTS --json` as a process, without any network, whose events are collected.

    events: all so far, as dictionaries
    """

    def __init__(self, *arguments: str, env: dict[str, str] | None = None) -> None:
        command = [*without_network(), sys.executable, "-m", "aihear_voice", *arguments]
        if "--json" not in arguments:
            command.append("--json")
        self.events: list[dict[str, object]] = []
        self._complaints: list[str] = []
        self._news = threading.Condition()
        self._read_to = 0
        self._process = subprocess.Popen(
            command,
            env=os.environ | (env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._readers = [
            threading.Thread(target=self._read_events, daemon=True),
            threading.Thread(target=self._read_complaints, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    def _read_events(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._news:
                self.events.append(json.loads(line))
                self._news.notify_all()
        with self._news:
            self._news.notify_all()

    def _read_complaints(self) -> None:
        assert self._process.stderr is not None
        self._complaints.extend(self._process.stderr)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def stderr(self) -> str:
        return "".join(self._complaints)

    def all(self, type: str) -> list[dict[str, object]]:
        return [event for event in list(self.events) if event["type"] == type]

    def wait_for(self, type: str, timeout: float = 30.0, **fields: object) -> dict[str, object]:
        """The next event of that type with these fields, after the one that was last waited for.

        A field may be a value or a predicate. Raises AssertionError with all that came instead.
        """
        deadline = time.monotonic() + timeout
        with self._news:
            while True:
                for number in range(self._read_to, len(self.events)):
                    if _fits(self.events[number], type, fields):
                        self._read_to = number + 1
                        return self.events[number]
                left = deadline - time.monotonic()
                if left <= 0 or self._over():
                    raise AssertionError(self._report(f"no {type} {fields or ''} within {timeout} s"))
                self._news.wait(min(left, 0.5))

    def _over(self) -> bool:
        return self._process.poll() is not None and not self._readers[0].is_alive()

    def _report(self, message: str) -> str:
        lines = [message, f"exit code: {self._process.poll()}", *(json.dumps(e) for e in self.events), self.stderr]
        return "\n".join(lines)

    def wait(self, timeout: float = 120.0) -> int:
        """The exit code, once it ends by itself."""
        code = self._process.wait(timeout)
        for reader in self._readers:
            reader.join(5)
        return code

    def stop(self, timeout: float = 10.0) -> int:
        """As Ctrl-C does; killed where that does not help, and the test fails."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            return self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(self._report(f"did not stop within {timeout} s")) from None

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


def children(pid: int) -> list[int]:
    """Of all generations."""
    found: list[int] = []
    with contextlib.suppress(OSError):  # it ends just now
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return found + [grandchild for child in found for grandchild in children(child)]


def recognisers(pid: int) -> list[int]:
    """The processes of a program that have loaded a model."""
    found = []
    for child in children(pid):
        with contextlib.suppress(OSError):
            loaded = Path(f"/proc/{child}/maps").read_text()
            if "ctranslate2" in loaded or "libtorch" in loaded:
                found.append(child)
    return found


class Frozen:
    """The recogniser of a program, stopped in what it does: it works on it until SIGCONT, or for ever."""

    def __init__(self, program: Program) -> None:
        wait_until(lambda: recognisers(program.pid), "the recogniser is loaded", 60)
        self.pids = recognisers(program.pid)
        self.send(signal.SIGSTOP)

    def send(self, number: signal.Signals) -> None:
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


def _fits(event: dict[str, object], type: str, fields: dict[str, object]) -> bool:
    if event["type"] != type:
        return False
    return all(
        wanted(event.get(name)) if callable(wanted) else event.get(name) == wanted for name, wanted in fields.items()
    )
