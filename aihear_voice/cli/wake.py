"""aihear wake: test."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .. import settings as settings_module
from ..errors import EXIT_DONE, DeviceError
from ..types import FRAME_SAMPLES, FRAME_SECONDS, Audio

if TYPE_CHECKING:
    from ..listening.wake import OpenWakeWords
    from ..ports import Microphone
    from ..settings import Settings
    from ..types import Wake

READ_S = 0.1
LINE_S = 0.25  # how often the live line is drawn
AFTER_S = 1.0
RATE_S = 60.0  # from which an hourly rate means something
BAR = 30


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("test",))
    parser.add_argument("--input", metavar="FILE", help="a recording in place of the microphone")
    parser.add_argument("--seconds", type=_positive, metavar="N", help="stop after so long (default: Ctrl+C)")


def run(arguments: argparse.Namespace) -> int:
    settings = settings_module.load(arguments.set)
    from ..listening.wake import load_wake_words

    words = load_wake_words(settings.wake)
    microphone = _microphone(arguments.input, settings)
    microphone.open()
    print(f"listening to {microphone.name} for: {', '.join(words.words)} (threshold {settings.wake.threshold:g})")
    trial = Trial(words, live=sys.stdout.isatty())
    try:
        trial.hear_all(microphone, arguments.seconds or float("inf"))
    except KeyboardInterrupt:
        pass
    finally:
        microphone.close()
    print(trial.summary())
    return EXIT_DONE


class Trial:
    """Hears until the sound ends, and prints each detection."""

    def __init__(self, words: OpenWakeWords, live: bool) -> None:
        """live: a line that shows the present scores is drawn again and again."""
        self._words = words
        self._live = live
        self._drawn = 0.0
        self._heard: list[Wake] = []
        self._best = dict.fromkeys(words.words, 0.0)
        self._seconds = 0.0
        self._end = 0.0  # of the last frame, on the audio clock

    def hear_all(self, microphone: Microphone, seconds: float) -> None:
        """Raises DeviceError where the microphone is lost."""
        while self._seconds < seconds:
            frame = microphone.read(READ_S)
            if frame is None:
                if microphone.ended():
                    self._hear_silence()
                    return
                if trouble := microphone.trouble():
                    raise DeviceError(f"the microphone {microphone.name} is {trouble}", "device_lost", "aihear doctor")
                continue
            wake = self._words.hear(frame)
            self._seconds += frame.duration
            self._end = frame.end
            self._note(wake, self._words.scores)

    def summary(self) -> str:
        """The rate, and how near each word came."""
        rate = f", {len(self._heard) * 3600 / self._seconds:.1f} an hour" if self._seconds >= RATE_S else ""
        best = ", ".join(f"{word} {score:.2f}" for word, score in self._best.items())
        return f"{len(self._heard)} heard in {self._seconds:.1f} s{rate}; highest scores: {best}"

    def _hear_silence(self) -> None:
        """A phrase at the very end of a recording is heard as if nothing followed it."""
        import numpy as np

        for _ in range(round(AFTER_S / FRAME_SECONDS)):
            silence = Audio(np.zeros(FRAME_SAMPLES, np.float32), self._end)
            self._end = silence.end
            self._note(self._words.hear(silence), self._words.scores)

    def _note(self, wake: Wake | None, scores: Mapping[str, float]) -> None:
        self._best = {word: max(best, scores[word]) for word, best in self._best.items()}
        if wake is not None:
            self._heard.append(wake)
            clear = "\r\x1b[K" if self._live else ""
            print(f"{clear}{wake.end:8.2f} s  {wake.word}  {wake.score:.2f}", flush=True)
        if self._live and self._seconds - self._drawn >= LINE_S:
            self._drawn = self._seconds
            bars = "  ".join(f"{word} {scores[word]:.2f} {'#' * round(scores[word] * BAR):<{BAR}}" for word in scores)
            print(f"\r\x1b[K{self._seconds:8.1f} s  {bars}", end="", flush=True)


def _microphone(path: str | None, settings: Settings) -> Microphone:
    if path:
        from ..audio.file import FileMicrophone

        return FileMicrophone(path)
    from ..audio.microphone import DeviceMicrophone

    return DeviceMicrophone(settings.audio)


def _positive(text: str) -> float:
    seconds = float(text)
    if not seconds > 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return seconds
