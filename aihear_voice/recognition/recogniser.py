"""Whisper behind ports.Recogniser: in a process of its own, that can be killed."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import AihearError, ModelError
from ..settings import RecognitionSettings
from ..types import SAMPLE_RATE, Audio, Purpose, Transcript
from ..workers import Worker, WorkerDied
from . import conversion, windows
from .model import WINDOW_S, Options
from .sound import loudest
from .store import Checkpoint, Computer, ModelStore

if TYPE_CHECKING:
    from ..types import Samples

_ENGINE = "aihear_voice.recognition.whisper_engine:build"
_LOADING_S = 240.0  # the first import of torch from a slow disk, and three gigabytes of weights


class WhisperRecogniser:
    """Fulfils ports.Recogniser. The caller keeps its audio: after a failure the same sound can be given again."""

    def __init__(
        self, settings: RecognitionSettings, store: ModelStore | None = None, tell: conversion.Tell | None = None
    ) -> None:
        """Finds the model, and loads nothing. Raises ModelError where there is none.

        tell: is told what takes long or goes wrong without stopping anything; standard error unless given.
        """
        store = store or ModelStore()
        self._settings = settings
        self._tell = tell or _say
        self._checkpoint = store.resolve(settings.model, settings.languages, settings.device)
        self._official = (
            self._checkpoint.name if self._checkpoint.sha256 and self._checkpoint.name in store.catalogue else ""
        )
        self._fast = conversion.engine(settings.engine) == "fast"
        self._starting = threading.Lock()
        self._worker: Worker | None = None
        self._warm = False
        self.name = self._checkpoint.title

    @property
    def checkpoint(self) -> Checkpoint:
        return self._checkpoint

    @property
    def engine(self) -> str:
        """fast or whisper."""
        return "fast" if self._fast else "whisper"

    def warm(self) -> None:
        """Prepare the model (once), load it, and run one real inference. Raises ModelError, SettingsError."""
        try:
            self._load()
        except ModelError as error:
            if not self._fast or self._settings.engine == "fast" or error.code not in _ENGINE_FAULTS:
                raise
            self._tell(f"{error.message}; openai-whisper takes over, which is slower ({error.hint})")
            self._fast = False
            self.kill()
            self._load()
        self._warm = True

    def _load(self) -> None:
        with self._starting:  # a second thread that wants a text waits, instead of preparing the model as well
            if self._worker is None:
                self._worker = Worker("recogniser", _ENGINE, asdict(self._options()), self._settings.timeout_s)
        self._call("warm", timeout=max(_LOADING_S, self._settings.timeout_s))

    def _options(self) -> Options:
        settings, checkpoint = self._settings, self._checkpoint
        sha256 = checkpoint.sha256 or conversion.sum_of(checkpoint.path)
        return Options(
            checkpoint=str(checkpoint.path),
            converted=str(self._converted(sha256)) if self._fast else "",
            name=checkpoint.name,
            official=self._official,
            embedded=checkpoint.embedded,
            shortest_window_s=WINDOW_S if settings.window == "full" else windows.shortest_s(checkpoint.path, sha256),
            device=settings.device,
            threads=settings.threads,
            languages=settings.languages,
            no_speech_threshold=settings.no_speech_threshold,
            logprob_threshold=settings.logprob_threshold,
            compression_threshold=settings.compression_threshold,
            prompt=", ".join(settings.vocabulary),
        )

    def _converted(self, sha256: str) -> Path:
        if not conversion.available():
            raise ModelError("the fast engine is not installed", "no_engine", "pip install ctranslate2")
        numbers = conversion.numbers_for(Computer.here(self._settings.device).accelerated)
        return conversion.converted(self._checkpoint.path, self._official, numbers, sha256, self._tell)

    def transcribe(self, audio: Audio, purpose: Purpose, words: bool = False) -> Transcript:
        """Raises ModelError: timed out (the process was killed), died, or the model is broken."""
        # A process that was killed has to load again before it can answer in time.
        windows = max(1.0, audio.duration / WINDOW_S)
        transcript: Transcript = self._answer("transcribe", windows, audio.samples, purpose, words)
        return transcript

    def transcribe_file(
        self,
        audio: Audio,
        task: str = "transcribe",
        language: str = "",
        words: bool = False,
        progress: Callable[[float], None] = lambda seconds: None,
    ) -> dict[str, Any]:
        """A recording of any length as Whisper's own {text, language, segments}. Raises ModelError.

        language: "" detects it, once for the whole. progress: called with the seconds done.
        """
        segments: list[dict[str, Any]] = []
        reference = loudest(audio.samples)
        at = 0.0
        while round(at * SAMPLE_RATE) < len(audio.samples):  # seconds add up to a little less than the whole
            part = self._answer("transcribe_window", 1.0, _window(audio.samples, at), reference, task, language, words)
            segments += [_moved(segment, at, len(segments) + index) for index, segment in enumerate(part["segments"])]
            language = part["language"]
            at += part["consumed"]
            progress(min(at, audio.duration))
        text = "".join(segment["text"] for segment in segments)
        return {"text": text, "language": language, "segments": segments}

    def kill(self) -> None:
        """Discard the decode under way; the next call loads again. From any thread."""
        self._warm = False
        worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()

    def close(self) -> None:
        """Ends the process; its memory is free again."""
        self.kill()

    def _answer(self, method: str, windows: float, *arguments: Any) -> Any:
        if not self._warm:
            self.warm()
        return self._call(method, *arguments, timeout=self._settings.timeout_s * windows)

    def _call(self, method: str, *arguments: Any, timeout: float) -> Any:
        worker = self._worker
        if worker is None:  # killed a moment ago, from another thread
            raise ModelError("the recogniser was stopped", "recogniser_died", "it is started again")
        try:
            return worker.call(method, *arguments, timeout=timeout)
        except WorkerDied as error:
            self._warm = False
            if error.code == "worker_timeout":
                raise ModelError(
                    f"transcribing took longer than {timeout:.0f} s and was stopped",
                    "recognition_timeout",
                    "take a smaller model (recognition.model), or raise recognition.timeout_s",
                ) from error
            raise ModelError(
                "the recogniser stopped in the middle of its work",
                "recogniser_died",
                "it is started again; if this goes on, memory may be short: take a smaller model",
            ) from error
        except AihearError as error:
            if error.code != "worker_fault":
                raise
            raise ModelError(f"the recogniser failed: {error.message}", "recognition_failed", _FAILED) from error


_FAILED = '`aihear models verify` checks its model; recognition.device = "cpu" leaves the graphics card out'


# What openai-whisper may do better: no room or leave to prepare the model, a library that does not run here.
_ENGINE_FAULTS = (
    "conversion_failed", "converted_broken", "no_engine", "no_space", "unwritable", "recognition_failed",
    "recogniser_died",
)  # fmt: skip


def _say(text: str) -> None:
    print(f"aihear: {text}", file=sys.stderr, flush=True)


def _window(samples: Samples, at: float) -> Samples:
    """No more is sent than the engine looks at, and one sample to show that there is more."""
    start = round(at * SAMPLE_RATE)
    return samples[start : start + round(WINDOW_S * SAMPLE_RATE) + 1]


def _moved(segment: Mapping[str, Any], seconds: float, number: int) -> dict[str, Any]:
    """Times from the beginning of the recording; `id` and `seek` (in hundredths of a second) as Whisper has them."""

    def later(item: Mapping[str, Any]) -> dict[str, Any]:
        return dict(item) | {"start": round(item["start"] + seconds, 2), "end": round(item["end"] + seconds, 2)}

    moved = {"id": number, **later(segment), "seek": round(seconds * 100)}
    if "words" in segment:
        moved["words"] = [later(word) for word in segment["words"]]
    return moved
