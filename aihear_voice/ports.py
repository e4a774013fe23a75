"""The small protocols behind which heavy things stand. Only app.py knows who fulfils them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from .types import Audio, Heard, Insertion, Match, Purpose, Transcript, Understood, Wake

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Microphone(Protocol):
    """A source of frames: a device, or a file in its place."""

    @property
    def name(self) -> str: ...

    def open(self) -> None:
        """Raises DeviceError."""

    def read(self, timeout: float, at_once: int = 1) -> Audio | None:
        """The next FRAME_SAMPLES samples, or None where none came within `timeout` seconds.

        at_once: the caller does not mind that so many come together; half as many awakenings cost little more than half
        """

    def take_dropped(self) -> float:
        """Seconds of sound lost to a full ring since the last call."""

    def better_available(self) -> bool:
        """Whether reopening would give the device that was asked for, instead of the one that stands in for it."""

    def trouble(self) -> str | None:
        """Why no sound comes ("stalled", "stopped", "silent", "failed"), or None while all is well."""

    def ended(self) -> bool:
        """True for a file that has been read to its end."""

    def close(self) -> None:
        """May be opened again afterwards."""


class VoiceActivity(Protocol):
    def probability(self, frame: Audio) -> float | None:
        """Of speech, 0-1; None while warming up."""

    def reset(self) -> None: ...


class WakeWords(Protocol):
    words: tuple[str, ...]

    def hear(self, frame: Audio) -> Wake | None:
        """Feed each frame once, in order."""

    def reset(self) -> None: ...


class EchoGuard(Protocol):
    """Knows what our own loudspeaker plays, so that it never wakes, stops or writes anything."""

    def clean(self, frame: Audio) -> tuple[Audio, bool]:
        """The frame without our own voice as far as that is possible, and whether our voice is (or just was) in it."""

    def ours(self, wake: Wake) -> bool:
        """Whether that detection came from our own loudspeaker."""

    def said(self, text: str, audio: Audio) -> bool:
        """Whether `text`, heard during `audio`, is what we were just saying."""


Segment = Literal["waiting", "speech", "ended", "nothing", "cap"]


class Endpointer(Protocol):
    """Finds the end of one utterance, by silence counted in samples.

    speech_start, speech_end: seconds on the audio clock, None before there was speech
    silence_s: seconds of silence that end it; may be changed while it listens
    """

    silence_s: float
    speech_start: float | None
    speech_end: float | None

    def push(self, heard: Heard) -> Segment:
        """waiting: no speech yet; nothing: none came in time; ended: silence after speech; cap: too long."""


class StopSpotter(Protocol):
    """Finds the word "stop" said over our own voice."""

    def push(self, heard: Heard) -> Audio | None:
        """A piece of sound worth transcribing, or None."""

    def is_stop(self, text: str) -> bool: ...

    def reset(self) -> None: ...


class Recogniser(Protocol):
    @property
    def name(self) -> str: ...

    def warm(self) -> None:
        """Load, and run one real inference. Raises ModelError."""

    def transcribe(self, audio: Audio, purpose: Purpose, words: bool = False) -> Transcript:
        """words: word times and probabilities too. Raises ModelError."""

    def close(self) -> None: ...


class Router(Protocol):
    def understand(self, text: str, language: str, purpose: Purpose, former: Match | None = None) -> Understood:
        """language "" where unknown: then all are tried, English first. former: what was done last, if just now"""

    def route(self, text: str, language: str, purpose: Purpose) -> Match | None:
        """The one thing that it means by itself; None where there is none, or more than one."""

    def suggest(self, text: str, language: str) -> Sequence[str]:
        """Up to three sentences that resemble `text`."""

    def affirmed(self, text: str, language: str) -> bool | None:
        """Yes, no, or None for neither."""

    def picked(self, text: str, language: str, options: Sequence[str]) -> int | None:
        """Which of the sentences that were offered is chosen; None for neither of them, or no answer."""


# left, right: it fills that half of the screen; windowed: no longer the full screen
WindowAction = Literal[
    "close", "minimize", "maximize", "restore", "activate", "fullscreen", "windowed", "left", "right"
]


class Typist(Protocol):
    """Types into the focused window. Raises DeviceError where it cannot.

    since: monotonic seconds at which the person began to speak. Where another window is focused by now, nothing is
    typed or pressed, and DeviceError "target_changed" is raised; the text is on the clipboard then.
    """

    def warm(self) -> None:
        """Without waiting. Only from then on it is known which window was focused when."""

    def soon(self) -> None:
        """Something may have to be typed: get ready, without waiting."""

    def type(self, text: str, since: float | None = None) -> Insertion: ...

    def press(self, chord: str, times: int = 1, since: float | None = None) -> str:
        """chord: "ctrl+s", "enter", "down"; names as in acting/keys.py. Returns the target window."""

    def target_at(self, moment: float) -> int:
        """The number of the window that was focused at that moment (monotonic seconds); 0 where that is not known."""

    def where(self) -> tuple[str, str]:
        """The focused window: its program's class or name, and its title; either may be ""."""

    def before(self) -> str:
        """What stands before the cursor of the focused window, as far back as is known; "" where nothing is."""

    def read_selected(self, since: float | None = None) -> str | None:
        """What the person has selected in the focused window; "" where nothing is, None where nobody tells."""

    # Editing. "Our text" is what went into the focused window in a row. Nothing is touched unless it still stands
    # right before the cursor: in a window that tells what is selected, that is looked at; elsewhere nothing may have
    # been pressed since. Nothing is touched either where the person began to speak (`since`) to another window.

    def typed(self) -> str:
        """Our text."""

    def last(self) -> str:
        """The piece of it that was typed last; "" where another window got something since."""

    def selected(self) -> str:
        """The end of it that `select` has selected and that is not replaced yet; "" where none is."""

    def scratch(self, since: float | None = None) -> str | None:
        """Take back what is selected, else the last piece; the text removed, or None where it is not there."""

    def replace(self, old: str, new: str, since: float | None = None) -> bool:
        """Put `new` in the place of `old`, the end of our text. False, and nothing done, where that is not there."""

    def select(self, text: str, since: float | None = None) -> bool:
        """Select `text`, the end of our text: what is typed next takes its place."""

    def undo(self, since: float | None = None) -> bool | None:
        """Take back our last change. False: there is none, or something else changed; None: nothing was typed
        there ever, nor anywhere else of late.
        """

    def redo(self, since: float | None = None) -> bool | None:
        """Do again what was undone last; False and None as in `undo`."""

    def window(self, action: WindowAction, name: str = "", since: float | None = None) -> str | None:
        """name: words of a title or a program; "" is the focused window. Its title; None where there is none."""

    def workspace(self, where: str, carry: bool = False, since: float | None = None) -> bool:
        """Go to a workspace: its number, counted from 1, "next" or "previous". False where there is no such one.

        carry: take the focused window there, and stay here
        """

    def scroll(self, steps: int) -> None:
        """Positive is up."""

    def close(self) -> None: ...


class Programs(Protocol):
    """Starts and stops programs. Argument lists only, never a shell."""

    def run(self, argv: Sequence[str]) -> None:
        """Start and leave alone. Raises DeviceError where there is no such program."""

    def call(self, argv: Sequence[str], timeout: float = 5.0) -> str:
        """Run to its end; what it printed. Raises DeviceError."""

    def find(self, name: str) -> Sequence[str] | None:
        """The argument list of an installed application by the name that menus show; None where none is meant."""

    def names(self) -> Mapping[str, str]:
        """What installed applications are called, in small letters and in all languages, and the name that `find` knows
        each by. The same object until one comes or goes.
        """


class Voice(Protocol):
    @property
    def name(self) -> str: ...

    def synthesise(self, text: str, language: str, pace: float = 1.0) -> tuple[NDArray[np.float32], int]:
        """float32 shape (n,) and its sample rate in Hz. pace: below 1 is slower. Raises DeviceError."""

    def close(self) -> None: ...


class Player(Protocol):
    """Plays sound that can be stopped."""

    def play(self, samples: NDArray[np.float32], rate: int, text: str = "") -> bool:
        """Blocks to the end; False where it was stopped. Raises DeviceError."""

    def stop(self) -> None:
        """Silent within 200 ms. From any thread."""

    def close(self) -> None: ...


class Store(Protocol):
    """A plugin's own small data: JSON in a file that survives a restart."""

    def load(self) -> dict[str, object]: ...

    def save(self, data: Mapping[str, object]) -> None: ...
