"""The values that travel along the path of sound. All frozen; units in the docstrings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

SAMPLE_RATE = 16_000  # Hz: what Whisper, Silero and openWakeWord were all trained on
FRAME_SAMPLES = 512  # 32 ms: the window that Silero takes at 16 kHz; every frame in the program is this long
FRAME_SECONDS = FRAME_SAMPLES / SAMPLE_RATE

Purpose = Literal["assist", "dictate", "caption", "practise"]
Mode = Literal["idle", "listening", "thinking", "speaking"]
Completeness = Literal["complete", "sentence", "open", "unfinished"]
Window = Literal["short", "full", "again"]
Permission = Literal["type", "run", "network", "files"]
SURE = 0.9  # confidence of a misheard sentence from which it is acted on without asking
UNKNOWN = 0.5  # confidence of a request for a program of a name that is neither installed nor known: there is none
PERMISSIONS: tuple[Permission, ...] = ("type", "run", "network", "files")


@dataclass(frozen=True, slots=True)
class Audio:
    """Mono sound.

    samples: float32, shape (n,), 16 kHz, full scale ±1.0
    start: seconds on the audio clock of the first sample
    """

    samples: Samples
    start: float = 0.0

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / SAMPLE_RATE

    @property
    def end(self) -> float:
        """Seconds on the audio clock, just after the last sample."""
        return self.start + self.duration


@dataclass(frozen=True, slots=True)
class Wake:
    """A wake word that was heard.

    word: the phrase, e.g. "hey jarvis"
    score: 0–1
    end: seconds on the audio clock where the phrase ends and a command may begin
    """

    word: str
    score: float
    end: float


@dataclass(frozen=True, slots=True)
class Heard:
    """One frame and what the detectors say of it.

    frame: FRAME_SAMPLES samples (the last one of a file may be padded with zeros)
    speech: probability 0–1 that it holds speech; None while the detector has no answer yet,
        which must not be read as silence (field.md, failure 4)
    wake: a wake word whose detection completed in this frame
    own_voice: our own loudspeaker plays, or played within the echo tail, during this frame
    """

    frame: Audio
    speech: float | None
    wake: Wake | None = None
    own_voice: bool = False


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was said between the opening and the closing of attention.

    turn: the number of the turn it belongs to
    source: what opened it: "wake", "key", "trigger", "dictation", "reply" (a question of ours), "file",
        "amend" (speech that went on after a command that was taken as complete), "retry" (out of the history)
    """

    turn: int
    purpose: Purpose
    audio: Audio
    source: str


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word; start and end in seconds from the start of the audio, probability 0–1."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """What Whisper wrote.

    language: ISO 639-1 code ("" where nothing was recognised)
    avg_logprob: mean log probability of a token (0 is certain, below -1 is doubtful)
    no_speech_prob: probability 0–1 that there was no speech
    reliable: False where the sound, probabilities or repetitions say that the text must not be acted on
    compute_s: seconds of computing
    window: what Whisper's encoder saw: no more than the sound ("short"), its 30 s ("full"), or 30 s because a short
        one had failed ("again")
    """

    text: str
    language: str
    words: tuple[Word, ...]
    avg_logprob: float
    no_speech_prob: float
    engine: str
    compute_s: float
    reliable: bool = True
    window: Window = "full"


@dataclass(frozen=True, slots=True)
class Value:
    """A value that a text names.

    kind: number, percent, duration, time or date; start, end: its place in the text, in characters
    value: a number, seconds, "HH:MM" or "YYYY-MM-DD"
    """

    kind: str
    start: int
    end: int
    value: int | float | str


@dataclass(frozen=True, slots=True)
class Match:
    """An intent that a sentence means.

    slots: values by name: int and float numbers, durations in whole seconds, str
    confidence: 0–1, how probable it is that this is what was meant: 1 where every word is a template's, a little less
        where some are free text; for a sentence that fits no template word by word see understanding/confidence.py
    exact: it fits a template word by word; else some of it was misheard, and is read as `meant`
    meant: the sentence that it stands for, where that is not all that was said as it was heard
    """

    plugin: str
    intent: str
    slots: Mapping[str, Any]
    confidence: float
    language: str = "en"
    exact: bool = True
    meant: str = ""

    @property
    def sure(self) -> bool:
        """Whether it is acted on without asking whether it was meant."""
        return self.exact or self.confidence >= SURE


@dataclass(frozen=True, slots=True)
class Understood:
    """What an utterance means.

    requests: what is to be done, in this order; none where nothing was understood
    choices: instead of requests: it may mean any of these, and whoever said it must be asked which
    """

    requests: tuple[Match, ...] = ()
    choices: tuple[Match, ...] = ()

    @property
    def match(self) -> Match | None:
        """The only thing that it means."""
        return self.requests[0] if len(self.requests) == 1 else None


@dataclass(frozen=True, slots=True)
class Then:
    """What the session does after an answer.

    listen: open attention again without a wake word, for one utterance of this purpose, which goes to
        the same plugin's intent `intent` together with `slots`
    silence: that intent is called as well where nothing was said: without a text, with what sound there was
    dictate / idle: start or end hands-free dictation
    mute: close the microphone until the key or the command line opens it again
    """

    do: Literal["listen", "dictate", "idle", "mute"]
    purpose: Purpose = "assist"
    intent: str = ""
    slots: Mapping[str, Any] = field(default_factory=dict)
    silence: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What a plugin answers.

    text: shown, and spoken when `speak`; may be ""
    type_text: typed into the focused window
    model: the end of the text, where that is an example to repeat: it is spoken by itself, by a voice of `language`
        ("": the answer's), and at `pace` beside the voice's own rate
    ring: the alarm tone sounds before the text, until it is stopped
    undo: takes back what was done. Called, at most once, where the person went on speaking and the whole means
        the same intent with other slots; the intent is then called again with those
    """

    text: str = ""
    speak: bool = True
    type_text: str | None = None
    then: Then | None = None
    model: str = ""
    language: str = ""
    pace: float = 1.0
    ring: bool = False
    undo: Callable[[], object] | None = None

    def aloud(self, language: str) -> list[tuple[str, str, float]]:
        """(text, language, pace) of each part that is spoken by itself. language: the answer's"""
        if not self.model or not self.text.endswith(self.model):
            return [(self.text, language, 1.0)]
        lead = self.text.removesuffix(self.model).strip()
        return [*([(lead, language, 1.0)] if lead else []), (self.model, self.language or language, self.pace)]


class Insertion(NamedTuple):
    """How a text was typed.

    method: keys, paste, "keys+paste", dry_run; target: the window's title or class, where known
    verified: how it is known that it arrived: "accessibility" (the window says that it stands there), "receipt" (the
        window fetched it from the clipboard), "" (nothing tells)
    application: the window's class, or its program's name, where known
    """

    method: str
    target: str
    verified: str = ""
    application: str = ""


@dataclass(frozen=True, slots=True)
class Follow:
    """What an utterance answers, where it was asked for.

    match: what the utterance goes to; its slots are given to the intent beside the transcript
    confirm: the utterance says yes or no to `match`, or which of `choices` is meant
    silence: `match` is carried out as well where nothing was said
    choices: what was asked about, where it was not one thing
    rest: what else was asked for in the same breath, and is done after this
    """

    match: Match
    confirm: bool = False
    silence: bool = False
    choices: tuple[Match, ...] = ()
    rest: tuple[Match, ...] = ()
