"""openai-whisper on torch: one window of sound in, one decoded text out. Only for the worker process."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ..errors import SettingsError
from ..types import SAMPLE_RATE
from . import alignment, checkpoints, sound

if TYPE_CHECKING:
    from ..types import Samples

_Answer = TypeVar("_Answer")
log = logging.getLogger(__name__)

WINDOW_S = 30.0  # what Whisper was trained on
LEAD_S = 0.25  # silence put in front, so that a sound that starts with a word is heard like any other
_HOP = 320  # samples of one position of the encoder: 20 ms
_SHORTEST_S = 2.0  # of a window cut to the sound
_LANGUAGE_DOUBT = 0.95  # probability of a language below which the runner-up is tried too


@dataclass(frozen=True, slots=True)
class Options:
    """What is decoded with, and what counts as speech. Plain values, as they cross to the worker.

    official: the checkpoint's name among OpenAI's, "" for others; it tells which heads align words
    embedded: the starter: its windows are cut to the sound, and doubtful texts are heard twice
    languages: the only ones considered
    threads: 0 is one less than there are processors
    """

    checkpoint: str
    name: str
    official: str
    embedded: bool
    device: str
    threads: int
    languages: tuple[str, ...]
    no_speech_threshold: float
    logprob_threshold: float
    compression_threshold: float
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """An encoded window.

    lead: seconds of silence in front
    duration: seconds of the sound behind it
    span: seconds of the sound between which it is louder than its background
    """

    mel: Any
    features: Any
    lead: float
    duration: float
    span: tuple[float, float]


class Model:
    """Loaded at its first use, on the device that works."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._whisper: Any = None
        self._positions: Any = None
        self.device = options.device

    def on_device(self, work: Callable[[], _Answer]) -> _Answer:
        """What a GPU cannot do (no driver, no memory, a missing library) the processor does, from then on."""
        try:
            return work()
        except (RuntimeError, AssertionError, OSError) as error:
            if self.device == "cpu":
                raise
            log.warning("%s failed (%s); the processor takes over", self.device, str(error).splitlines()[0])
        self.device = "cpu"
        self._whisper = None
        return work()

    def encode(self, samples: Samples, reference: float = 0.0) -> Heard:
        """samples: no more than WINDOW_S; reference: the level of what they are a part of."""
        import torch
        import whisper

        model = self._loaded()
        lead = min(LEAD_S, WINDOW_S - len(samples) / SAMPLE_RATE)
        padded = np.concatenate([np.zeros(round(lead * SAMPLE_RATE), np.float32), sound.normalise(samples, reference)])
        length = self._fit_window(len(padded))
        mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(padded, length), model.dims.n_mels)
        mel = mel.to(model.device, torch.float16 if self._half else torch.float32)
        with torch.no_grad():
            features = model.encoder(mel[None])[0]
        return Heard(mel, features, lead, len(samples) / SAMPLE_RATE, sound.voiced_span(samples))

    def languages(self, heard: Heard, asked: str = "") -> Sequence[str]:
        """One language, or the two likeliest where the first is in doubt."""
        model = self._loaded()
        if not model.is_multilingual:
            return ("en",)
        if asked or len(self._options.languages) == 1:
            return (asked or self._options.languages[0],)
        _, probabilities = model.detect_language(heard.features)
        ranked = sorted(self._options.languages, key=lambda language: -probabilities[language])
        share = probabilities[ranked[0]] / (sum(probabilities[language] for language in ranked) or 1.0)
        return ranked[:1] if share >= _LANGUAGE_DOUBT else ranked[:2]

    def decode(self, heard: Heard, language: str, temperature: float, task: str, timestamps: bool) -> Any:
        """A whisper.DecodingResult."""
        import torch
        import whisper

        model = self._loaded()
        options = whisper.DecodingOptions(
            task=task,
            language=language,
            temperature=temperature,
            # Nobody says more than twenty tokens a second; a loop is cut short there.
            sample_len=min(model.dims.n_text_ctx // 2, 16 + round(20 * heard.duration)),
            prompt=self._options.prompt or None,
            without_timestamps=not timestamps,
            fp16=self._half,
        )
        torch.manual_seed(0)  # sampling included, the same sound gives the same text
        return whisper.decode(model, heard.features, options)

    def tokenizer(self, language: str, task: str = "transcribe") -> Any:
        from whisper.tokenizer import get_tokenizer

        model = self._loaded()
        return get_tokenizer(model.is_multilingual, num_languages=model.num_languages, language=language, task=task)

    def add_words(self, heard: Heard, segments: list[dict[str, Any]], tokenizer: Any) -> None:
        """Puts Whisper's `words` into its segments; times count from the beginning of the window."""
        import whisper.timing

        whisper.timing.dtw_cpu = alignment.dtw
        whisper.timing.add_word_timestamps(
            segments=segments,
            model=self._loaded(),
            tokenizer=tokenizer,
            mel=heard.mel,
            num_frames=round((heard.lead + heard.duration) * 100),
            last_speech_timestamp=0.0,
        )
        if self._options.embedded:
            for segment in segments:
                _spread_words(segment, heard)

    def _loaded(self) -> Any:
        if self._whisper is None:
            self._check_languages()
            _use_threads(self._options.threads)
            model = checkpoints.build(self._options.checkpoint)
            if self._options.official:
                model.set_alignment_heads(_alignment_heads(self._options.official))
            self._whisper = model.to(_device(self.device))
            self._positions = self._whisper.encoder.positional_embedding
            self.device = self._whisper.device.type
        return self._whisper

    def _fit_window(self, samples: int) -> int:
        """The samples that the encoder takes: 30 s, but only what is there for the embedded model.

        It was trained on short windows too, is as right on them, and four times as fast. Official models
        were not, and stay at 30 s.
        """
        model = self._loaded()
        count: int = len(self._positions)
        if self._options.embedded:
            count = min(count, max(-(-samples // _HOP), round(_SHORTEST_S * SAMPLE_RATE / _HOP)))
        model.encoder.positional_embedding = self._positions[:count]
        model.dims.n_audio_ctx = count
        return count * _HOP

    def _check_languages(self) -> None:
        from whisper.tokenizer import LANGUAGES

        unknown = [language for language in self._options.languages if language not in LANGUAGES]
        if unknown:
            raise SettingsError(
                f"recognition.languages: Whisper knows no language {unknown[0]!r}",
                "unknown_language",
                "use two-letter codes: en, de, es, zh, fr, …",
            )

    @property
    def _half(self) -> bool:
        return self.device != "cpu"


def _spread_words(segment: dict[str, Any], heard: Heard) -> None:
    start, end = (seconds + heard.lead for seconds in heard.span)
    times = alignment.spread([word["word"] for word in segment["words"]], start, end)
    segment["words"] = [
        word | {"start": begin, "end": finish} for word, (begin, finish) in zip(segment["words"], times, strict=True)
    ]
    segment |= {"start": start, "end": end}


def _device(wanted: str) -> str:
    import torch

    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted


def _use_threads(count: int) -> None:
    import torch

    torch.set_num_threads(count or max(1, (os.cpu_count() or 2) - 1))


def _alignment_heads(official: str) -> bytes:
    import whisper

    heads: bytes = whisper._ALIGNMENT_HEADS[official]
    return heads
