"""Whisper behind ports.Recogniser: in a process of its own, that can be killed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..errors import AihearError, ModelError
from ..settings import RecognitionSettings
from ..types import SAMPLE_RATE, Audio, Purpose, Transcript
from ..workers import Worker, WorkerDied
from .sound import loudest
from .store import Checkpoint, ModelStore
from .whisper_model import WINDOW_S, Options

if TYPE_CHECKING:
    from ..types import Samples

_ENGINE = "aihear_voice.recognition.whisper_engine:build"
_LOADING_S = 240.0  # the first import of torch from a slow disk, and three gigabytes of weights


class WhisperRecogniser:
    """Fulfils ports.Recogniser. The caller keeps its audio: after a failure the same sound can be given again."""

    def __init__(self, settings: RecognitionSettings, store: ModelStore | None = None) -> None:
        """Finds the model, and loads nothing. Raises ModelError where there is none."""
        store = store or ModelStore()
        self._settings = settings
        self._checkpoint = store.resolve(settings.model, settings.languages, settings.device)
        options = _options(settings, self._checkpoint, store)
        self._worker = Worker("recogniser", _ENGINE, asdict(options), settings.timeout_s)
        self._warm = False
        self.name = self._checkpoint.title

    @property
    def checkpoint(self) -> Checkpoint:
        return self._checkpoint

    def warm(self) -> None:
        """Load, and run one real inference. Raises ModelError, SettingsError."""
        self._call("warm", timeout=max(_LOADING_S, self._settings.timeout_s))
        self._warm = True

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
        while at < audio.duration:
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
        self._worker.kill()

    def close(self) -> None:
        """Ends the process; its memory is free again."""
        self.kill()

    def _answer(self, method: str, windows: float, *arguments: Any) -> Any:
        if not self._warm:
            self.warm()
        return self._call(method, *arguments, timeout=self._settings.timeout_s * windows)

    def _call(self, method: str, *arguments: Any, timeout: float) -> Any:
        try:
            return self._worker.call(method, *arguments, timeout=timeout)
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


def _options(settings: RecognitionSettings, checkpoint: Checkpoint, store: ModelStore) -> Options:
    return Options(
        checkpoint=str(checkpoint.path),
        name=checkpoint.name,
        official=checkpoint.name if checkpoint.sha256 and checkpoint.name in store.catalogue else "",
        embedded=checkpoint.embedded,
        device=settings.device,
        threads=settings.threads,
        languages=settings.languages,
        no_speech_threshold=settings.no_speech_threshold,
        logprob_threshold=settings.logprob_threshold,
        compression_threshold=settings.compression_threshold,
        prompt=", ".join(settings.vocabulary),
    )


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
