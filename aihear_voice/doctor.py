"""What works on this computer, what does not, and what to do: each part is really used for a moment."""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import msgspec

from . import paths, settings
from .errors import EXIT_DONE, EXIT_FAULT, AihearError, DeviceError, ModelError, SettingsError
from .settings import Settings

if TYPE_CHECKING:
    from .audio.microphone import DeviceMicrophone
    from .plugin.manifest import Plugin
    from .types import Audio

Kind = Literal["settings", "device", "model", "plugin", "fault"]
# The exit code is that of the first of these that something is wrong with.
EXIT_CODES: dict[Kind, int] = {"settings": 2, "device": 3, "model": 4, "plugin": 5, "fault": EXIT_FAULT}

LISTEN_S = 1.0  # to the microphone
_PATIENCE_S = 3.0  # until sound comes, and until the sound server has answered
_ZEROS_S = 0.8  # of exact zeros within it are no microphone's noise
_SETTLE_S = 0.2  # pynput complains when it is stopped in the moment in which it starts
_FIRST_REQUEST_S = 7.0  # of the rehearsal: 2.5 s of silence, then "hey jarvis what time is it"
_KNOWN_TEXT = "Hey Jarvis, what time is it?"
_SILENCE_S = 2.0
_SPEECH = 0.5
_QUIET_DB = -70.0
_BIND = "aihear trigger toggle   (bind it to a key in your desktop's settings: README, Wayland)"


@dataclass(frozen=True, slots=True)
class Found:
    """A part that works. advice: what could be better; a command where there is one."""

    says: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A line of the report. remedy: a command to type, or what to do; for a part that is ok, advice or ""."""

    name: str
    kind: Kind
    ok: bool
    says: str
    remedy: str = ""


def examine(flags: Sequence[str] = ()) -> Iterator[Part]:
    """One part after the other, as soon as it is known. flags: as settings.load takes them."""
    try:
        chosen = settings.load(flags)
        changed = sum(source.origin != "default" for source in settings.resolve(flags)[1])
        yield Part("settings", "settings", True, f"valid; {changed} differ from the defaults")
    except SettingsError as error:
        yield Part("settings", "settings", False, error.message, error.hint)
        chosen = settings.defaults()
    for name, kind, check in CHECKS:
        yield _examined(name, kind, check, chosen)
    yield from _plugins(chosen)


def exit_code(parts: Iterable[Part]) -> int:
    """0 where all is well, else that of the gravest kind."""
    wrong = {part.kind for part in parts if not part.ok}
    return next((code for kind, code in EXIT_CODES.items() if kind in wrong), EXIT_DONE)


def _examined(name: str, kind: Kind, check: Callable[[Settings], Found], chosen: Settings) -> Part:
    try:
        found = check(chosen)
    except AihearError as error:
        return Part(name, kind, False, error.message, _remedy(name, error))
    except Exception as error:  # the boundary: one part's fault must not hide the others
        return Part(name, "fault", False, f"fault of the program: {type(error).__name__}: {error}", "please report it")
    return Part(name, kind, True, found.says, found.advice)


# -- devices ----------------------------------------------------------------------------------------------


def _microphone(chosen: Settings) -> Found:
    from .audio.microphone import DeviceMicrophone

    microphone = DeviceMicrophone(msgspec.structs.replace(chosen.audio, silent_after_s=_ZEROS_S))
    microphone.open()
    try:
        peak, trouble = _listen(microphone)
    finally:
        microphone.close()
    if trouble == "silent":
        raise DeviceError(f"{microphone.name} delivers nothing but zeros: it is muted or switched off", "silent")
    if peak is None or trouble:
        raise DeviceError(f"no sound comes from {microphone.name}", "no_sound", "unplug it and plug it in again")
    if peak == 0:
        return Found(f"{microphone.name}: silence now, as virtual devices give while nothing plays")
    return _level(microphone.name, _decibel(peak))


def _level(name: str, decibel: float) -> Found:
    if decibel < _QUIET_DB:
        return Found(f"{name}: very quiet ({decibel:.0f} dB at most)", "speak, and look again; else turn it up")
    return Found(f"{name} hears something ({decibel:.0f} dB at most)")


def _listen(microphone: DeviceMicrophone) -> tuple[float | None, str | None]:
    """The highest sample of LISTEN_S, None where no sound came; and what is wrong.

    Exact zeros are listened to for longer: the sound server is asked in the background what they mean.
    """
    from .types import FRAME_SECONDS

    peak: float | None = None
    heard, deadline = 0.0, time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline and not (heard >= LISTEN_S and peak):
        frame = microphone.read(0.1)
        if frame is not None:
            heard += FRAME_SECONDS
            peak = max(peak or 0.0, float(abs(frame.samples).max()))
        if microphone.trouble() == "silent":
            return peak, "silent"
    return peak, microphone.trouble()


def _decibel(peak: float) -> float:
    return 20 * math.log10(peak)


def _loudspeaker(chosen: Settings) -> Found:
    import numpy as np

    from .audio.devices import default_device, find, list_devices, portaudio
    from .audio.hush import Hush
    from .speaking.player import SpeakerPlayer
    from .speaking.reference import Reference
    from .types import SAMPLE_RATE

    part, devices = chosen.audio.output_device, list_devices("output")
    device = find(devices, part) if part else next((d for d in devices if d.default), None) or default_device("output")
    player = SpeakerPlayer(chosen.audio, Reference(), portaudio)
    with Hush():  # ALSA prints an underrun where the computer is busy
        player.play(np.zeros(SAMPLE_RATE // 10, np.float32), SAMPLE_RATE)
    return Found(f"{device.name} takes sound", "hear it: aihear say hello")


def _voice(chosen: Settings) -> Found:
    if not chosen.speaking.enabled:
        return Found("switched off (speaking.enabled)")
    from .speaking.voices import Pyttsx3Voice

    voice = Pyttsx3Voice(chosen.speaking)
    try:
        start = time.monotonic()
        samples, rate = voice.synthesise("I am ready.", chosen.recognition.languages[0])
    finally:
        voice.close()
    if not len(samples):
        raise DeviceError(f"the voice {voice.name} says nothing", "no_voice")
    return Found(f"{voice.name}: {len(samples) / rate:.1f} s of speech in {time.monotonic() - start:.1f} s")


def _typing(chosen: Settings) -> Found:
    from .acting.typist import DesktopTypist
    from .acting.wayland.wire import wayland_session

    if sys.platform.startswith("linux") and wayland_session():
        return _typing_on_wayland(chosen)
    typist = DesktopTypist(chosen.typing)
    try:
        typist.before()  # asks the window system which window is focused
    finally:
        typist.close()
    return _where_it_types()


def _typing_on_wayland(chosen: Settings) -> Found:
    from .acting.wayland.typist import WaylandTypist

    typist = WaylandTypist(chosen.typing.method, chosen.typing.key_delay_ms / 1000, chosen.typing.paste_restore_s)
    try:
        means = typist.means()
    finally:
        typist.close()
    if means.missing is not None:
        raise means.missing
    says = f"keys by {means.keys}, clipboard by {means.clipboard or 'nothing: what your layout lacks cannot be typed'}"
    if not means.clipboard:
        return Found(says, "sudo apt-get install wl-clipboard")
    if not means.tells_windows:
        return Found(
            f"{says}; the compositor does not tell which window is focused",
            "leave the focus where it is until the text is there; “scratch that” does nothing here",
        )
    return Found(f"{says}, into the window that you spoke to")


def _where_it_types() -> Found:
    if sys.platform == "darwin":
        return Found("ready", "allow your terminal in System Settings, Privacy & Security, Accessibility")
    if sys.platform == "win32":
        return Found("ready", "windows of programs that run as administrator take no keys from this one")
    return Found(f"into the focused window of the display {os.environ.get('DISPLAY', '')}")


def _push_to_talk(chosen: Settings) -> Found:
    keys = [key for key in (chosen.push_to_talk.key, chosen.push_to_talk.dictate_key) if key]
    if not chosen.push_to_talk.enabled or not keys:
        return Found("switched off (push_to_talk.enabled)")
    from .listening.global_keys import on_wayland, open_keys
    from .listening.portal_keys import PortalKeys

    listener = open_keys(dict(zip(("talk", "dictate"), keys, strict=False)), lambda name, down, at: None)
    if isinstance(listener, PortalKeys):
        listener.stop()
        return Found("by the desktop's portal, which asks at the first start which keys")
    listener.start()
    time.sleep(_SETTLE_S)
    listener.stop()
    if sys.platform.startswith("linux") and on_wayland():
        return Found(f"hold {' or '.join(keys)} to talk, while an X11 window is focused", _BIND)
    return Found(f"hold {' or '.join(keys)} to talk")


def _overlay(chosen: Settings) -> Found:
    from .overlay.process import check_display, python_with_tk

    if not chosen.overlay.enabled:
        return Found("switched off (overlay.enabled)")
    try:
        check_display()
    except DeviceError as error:  # nothing else needs it
        return Found(f"not shown: {error.message}", error.hint)
    python = python_with_tk()
    if python is None:
        return Found("not shown: no Python here has Tk", "sudo apt-get install python3-tk")
    through = " through XWayland" if os.environ.get("WAYLAND_DISPLAY") else ""
    return Found(f"shows what is heard{through}, with the Tk of {python}")


# -- models -----------------------------------------------------------------------------------------------


def _model(chosen: Settings) -> Found:
    from .recognition.download import digest
    from .recognition.store import ModelStore

    wanted = chosen.recognition
    model = ModelStore().resolve(wanted.model, wanted.languages, wanted.device)
    if model.sha256 and digest(model.path) != model.sha256:
        remedy = "install the program again" if model.embedded else f"aihear models pull {model.name}"
        raise ModelError(f"the file of the model {model.name} is damaged: {model.path}", "model_broken", remedy)
    checked = "checksum right" if model.sha256 else "no checksum is known for it"
    return Found(f"{model.title}; {checked}", "to dictate: aihear models pull base" if model.embedded else "")


def _recognition(chosen: Settings) -> Found:
    from .recognition.recogniser import WhisperRecogniser

    recogniser = WhisperRecogniser(chosen.recognition)
    start = time.monotonic()
    try:
        recogniser.warm()
    finally:
        recogniser.close()
    engine = "CTranslate2" if recogniser.engine == "fast" else "openai-whisper"
    advice = "" if recogniser.engine == "fast" else "several times as fast: pip install ctranslate2"
    seconds = time.monotonic() - start
    return Found(f"{recogniser.name} is loaded and transcribes on {engine}; ready after {seconds:.1f} s", advice)


def _wake_word(chosen: Settings) -> Found:
    if not chosen.wake.enabled:
        return Found("switched off (wake.enabled)")
    from .listening.wake import load_wake_words

    words = load_wake_words(chosen.wake)
    names = ", ".join(f"“{word}”" for word in words.words)
    heard = [wake for frame in _frames(_known_speech()) if (wake := words.hear(frame)) is not None]
    if heard:
        return Found(f"{names}; a recorded one scores {heard[0].score:.2f}")
    if "hey jarvis" in words.words:
        remedy = "aihear settings show; wake.threshold may be too high"
        raise ModelError("a recorded “hey jarvis” is not heard", "wake_deaf", remedy)
    return Found(f"{names}; loaded", "try it on your microphone: aihear wake test")


def _voice_activity(chosen: Settings) -> Found:
    from .listening.activity import SileroActivity

    activity = SileroActivity()
    scores = [(frame.end, activity.probability(frame) or 0.0) for frame in _frames(_known_speech())]
    silence = max(score for end, score in scores if end < _SILENCE_S)
    speech = max(score for end, score in scores if end > _SILENCE_S)
    if silence >= _SPEECH or speech < _SPEECH:
        raise ModelError("speech and silence are not told apart", "activity_broken", "install the program again")
    return Found(f"recorded speech scores {speech:.2f}, silence {silence:.2f}")


def _pronunciation(chosen: Settings) -> Found:
    from .pronunciation import by_phones
    from .pronunciation.hearing import forced_decoding
    from .pronunciation.text import phones
    from .pronunciation.text.words import split

    report = by_phones.assess(_KNOWN_TEXT, phones.look_up(split(_KNOWN_TEXT)), _known_speech())
    if report.refused is not None:
        raise ModelError("recorded speech cannot be judged", "scores_broken", "install the program again")
    says = f"recorded speech scores {report.total:.0f} of 100"
    if not forced_decoding.available():
        return Found(f"{says}; words left out are looked for by the sound alone", "pip install 'aihear-voice[coach]'")
    return Found(says)


def _known_speech() -> Audio:
    """The beginning of the rehearsal: silence, then a request."""
    from .audio.file import decode
    from .types import SAMPLE_RATE, Audio

    return Audio(decode(paths.assets() / "rehearsal.flac").samples[: round(_FIRST_REQUEST_S * SAMPLE_RATE)])


def _frames(audio: Audio) -> Iterator[Audio]:
    from .types import FRAME_SAMPLES, SAMPLE_RATE, Audio

    for start in range(0, len(audio.samples) - FRAME_SAMPLES + 1, FRAME_SAMPLES):
        yield Audio(audio.samples[start : start + FRAME_SAMPLES], start / SAMPLE_RATE)


# -- plugins ----------------------------------------------------------------------------------------------


def _plugins(chosen: Settings) -> Iterator[Part]:
    from .plugin import loader

    try:
        plugins = loader.load(chosen, thorough=True)
    except AihearError as error:
        yield Part("plugins", "plugin", False, error.message, error.hint)
        return
    for plugin in plugins:
        yield _plugin(plugin)


def _plugin(plugin: Plugin) -> Part:
    name = f"plugin {plugin.name}"
    if plugin.status == "broken":
        return Part(name, "plugin", False, plugin.reason, f"aihear plugins check {plugin.name}")
    if plugin.status != "ok":
        return Part(name, "plugin", True, f"{plugin.status}: {plugin.reason}")
    return Part(name, "plugin", True, f"{len(plugin.intents)} intents in {', '.join(plugin.languages)}")


CHECKS: tuple[tuple[str, Kind, Callable[[Settings], Found]], ...] = (
    ("microphone", "device", _microphone),
    ("loudspeaker", "device", _loudspeaker),
    ("voice", "device", _voice),
    ("typing", "device", _typing),
    ("push-to-talk", "device", _push_to_talk),
    ("overlay", "device", _overlay),
    ("model", "model", _model),
    ("recognition", "model", _recognition),
    ("wake word", "model", _wake_word),
    ("voice activity", "model", _voice_activity),
    ("pronunciation", "model", _pronunciation),
)

# By part and error code: a command says more than the error's own hint.
_LINUX_REMEDIES = {
    ("microphone", "no_microphone"): "arecord -l   (what the computer sees; plug one in, or start the sound server)",
    ("microphone", "silent"): "pactl set-source-mute @DEFAULT_SOURCE@ 0   (or the switch on the microphone)",
    ("loudspeaker", "no_loudspeaker"): "aplay -l   (what the computer sees; plug one in, or start the sound server)",
    ("voice", "no_voice"): "sudo apt-get install espeak-ng libespeak-ng1",
    ("typing", "no_display"): "export DISPLAY=:0   (where a desktop session runs; or start this inside of it)",
    ("push-to-talk", "no_display"): _BIND,
    ("push-to-talk", "no_global_keys"): _BIND,
}


def _remedy(part: str, error: AihearError) -> str:
    known = _LINUX_REMEDIES if sys.platform.startswith("linux") else {}
    return known.get((part, error.code), error.hint)
