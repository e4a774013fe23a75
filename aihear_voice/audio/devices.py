"""Sound devices: listing, finding by name, opening."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..errors import DeviceError
from ..types import FRAME_SECONDS
from . import server
from .portaudio import portaudio
from .server import Kind

__all__ = [
    "Callback",
    "Device",
    "Opened",
    "default_device",
    "find",
    "has_microphone",
    "list_devices",
    "open_input",
    "portaudio",
]

Callback = Callable[[bytes, int, Any, int], tuple[None, int]]

BLOCK_S = FRAME_SECONDS  # of sound in one callback: 20 ms would cost a quarter more and save 10 ms at the start
_PORTAL = "pulse"  # ALSA's name for the whole sound server
_BUSY = -9985  # paDeviceUnavailable
_OTHER_FORMAT = (-9998, -9997, -9994)  # invalid channel count, sample rate, sample format
_NO_MICROPHONE = "plug a microphone in, or start the sound server; `aihear doctor` tells more"
_NO_LOUDSPEAKER = "connect a loudspeaker, or start the sound server; answers are shown all the same"


@dataclass(frozen=True, slots=True)
class Device:
    """A microphone or loudspeaker.

    name: for people; index: PortAudio's; rate: Hz, its own; channels: at most
    source: the sound server's name for it, where PortAudio reaches it through the server
    """

    name: str
    index: int
    rate: int
    channels: int
    source: str = ""
    default: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A stream that runs. rate: Hz; channels: interleaved in each block of float32."""

    stream: Any
    rate: int
    channels: int


def list_devices(kind: Kind, fresh: bool = False) -> list[Device]:
    """The sound server's first. fresh: find new ones, unless a stream is open. Raises DeviceError (device_stuck)."""
    return portaudio.within(lambda: _list(portaudio.instance(fresh), kind))


def default_device(kind: Kind, fresh: bool = False) -> Device:
    """What PortAudio takes where nothing is asked for; through a sound server it follows the server's choice.

    Raises DeviceError: no_microphone, no_loudspeaker, device_stuck.
    """
    return portaudio.within(lambda: _default(portaudio.instance(fresh), kind))


def open_input(device: Device, listen: Callable[[int, int], Callback]) -> Opened:
    """listen: makes the callback, given rate and channels. Close with `portaudio.close(opened.stream)`.

    Raises DeviceError: no_microphone, device_busy, device_failed, device_stuck.
    """
    return portaudio.within(lambda: _open_input(device, listen), late=lambda opened: portaudio.drop(opened.stream))


def find(devices: list[Device], part: str) -> Device:
    """The device whose name (or server's name) holds `part`, whatever its case; an exact name goes first."""
    wanted = part.casefold()
    exact = [d for d in devices if wanted in (d.name.casefold(), d.source.casefold())]
    holding = [d for d in devices if wanted in d.name.casefold() or wanted in d.source.casefold()]
    if exact or holding:
        return (exact or holding)[0]
    names = list(dict.fromkeys(device.name for device in devices))
    near = difflib.get_close_matches(wanted, [name.casefold() for name in names], n=1, cutoff=0.5)
    guess = next((name for name in names if near and name.casefold() == near[0]), "")
    hint = f"did you mean {guess}?" if guess else f"there are: {', '.join(names) or 'none'}"
    raise DeviceError(f"no sound device is called {part!r}", "unknown_device", hint)


def has_microphone() -> bool:
    """Whether sound can be recorded now, as far as that can be known without opening anything."""
    try:
        found = list_devices("input", fresh=True)
    except DeviceError:
        return False
    # Without sources, or when it has just gone, a server still stands in PortAudio's list, and refuses to open.
    portal = any(device.name == _PORTAL for device in found)
    return any(device.source for device in found) or (bool(found) and not (portal and server.can_be_asked()))


def _list(pa: Any, kind: Kind) -> list[Device]:
    own = list(_usable(pa, kind))
    portal = next((device for device in own if device.name == _PORTAL), None)
    served = _served(portal, kind) if portal is not None else []
    if served:
        return served + own
    try:
        default = _default(pa, kind).index
    except DeviceError:
        return own
    return [dataclasses.replace(device, default=device.index == default) for device in own]


def _default(pa: Any, kind: Kind) -> Device:
    try:
        if kind == "input":
            return _device(pa.get_default_input_device_info(), kind)
        return _device(pa.get_default_output_device_info(), kind)
    except OSError:
        if kind == "input":
            raise DeviceError("there is no microphone", "no_microphone", _NO_MICROPHONE) from None
        raise DeviceError("there is no loudspeaker", "no_loudspeaker", _NO_LOUDSPEAKER) from None


def _open_input(device: Device, listen: Callable[[int, int], Callback]) -> Opened:
    import pyaudio

    refusal: OSError | None = None
    for rate, channels in _formats(portaudio.instance(), device):
        try:
            with _asking_for(device.source):
                stream = portaudio.open(
                    rate=rate,
                    channels=channels,
                    format=pyaudio.paFloat32,
                    input=True,
                    input_device_index=device.index,
                    frames_per_buffer=round(rate * BLOCK_S),
                    stream_callback=listen(rate, channels),
                )
        except OSError as error:
            refusal = error
            if error.errno not in _OTHER_FORMAT:
                break
        else:
            return Opened(stream, rate, channels)
    raise _refused(device, refusal)


def _usable(pa: Any, kind: Kind) -> Iterator[Device]:
    for index in range(pa.get_device_count()):
        device = _device(pa.get_device_info_by_index(index), kind)
        if device.channels > 0:
            yield device


def _device(info: dict[str, Any], kind: Kind) -> Device:
    channels = info["maxInputChannels" if kind == "input" else "maxOutputChannels"]
    name = info["name"]  # bytes where it is not in the locale's encoding
    shown = name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
    return Device(shown, int(info["index"]), round(info["defaultSampleRate"]), int(channels))


def _served(portal: Device, kind: Kind) -> list[Device]:
    """Each of the server's endpoints, microphones before monitors of loudspeakers."""
    default = server.default(kind)
    return [
        Device(end.description, portal.index, end.rate, end.channels, end.name, end.name == default)
        for end in sorted(server.endpoints(kind), key=lambda end: end.monitor)
    ]


def _formats(pa: Any, device: Device) -> Iterator[tuple[int, int]]:
    """(rate, channels) to try. ALSA's "own" rate is a guess of PortAudio's: 44100 wherever that can be had."""
    import pyaudio

    host = pa.get_host_api_info_by_index(pa.get_device_info_by_index(device.index)["hostApi"])
    own = [device.rate] if device.source or host["type"] != pyaudio.paALSA else []
    for rate in dict.fromkeys([*own, 48_000, device.rate, 44_100, 16_000]):
        for channels in sorted({1, min(2, device.channels), device.channels}):
            yield rate, channels


@contextlib.contextmanager
def _asking_for(source: str) -> Iterator[None]:
    """libpulse reads the wanted source from the environment when a stream is opened; there is no other way in."""
    before = os.environ.get("PULSE_SOURCE")
    if source:
        os.environ["PULSE_SOURCE"] = source
    try:
        yield
    finally:
        if source:
            os.environ.pop("PULSE_SOURCE", None)
            if before is not None:
                os.environ["PULSE_SOURCE"] = before


def _refused(device: Device, error: OSError | None) -> DeviceError:
    if error is not None and error.errno == _BUSY:
        hint = "close the program that holds it, or choose another with audio.input_device"
        return DeviceError(f"{device.name} is in use by another program", "device_busy", hint)
    if server.answers() and not server.endpoints("input"):
        return DeviceError("there is no microphone", "no_microphone", _NO_MICROPHONE)
    why = error.strerror or error.args[0] if error is not None else "no format fits"
    return DeviceError(f"{device.name} cannot be opened: {why}", "device_failed", _NO_MICROPHONE)
