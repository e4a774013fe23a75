"""openai-whisper on torch: the object that lives inside the recogniser's worker process."""

from __future__ import annotations

import itertools
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ..errors import SettingsError
from ..types import SAMPLE_RATE, Purpose, Transcript, Word
from . import alignment, checkpoints, gates, sound

if TYPE_CHECKING:
    from ..types import Samples

_Answer = TypeVar("_Answer")
log = logging.getLogger(__name__)

WINDOW_S = 30.0  # what Whisper was trained on
_HOP = 320  # samples of one position of the encoder: 20 ms
_LEAD_S = 0.25  # silence put in front, so that a sound that starts with a word is heard like any other
_SHORTEST_S = 2.0  # of a window cut to the sound
_CERTAIN_SILENCE = 0.8  # no_speech_prob from which the log probability is no counter-evidence
_ECHO_SILENCE = 0.3  # no_speech_prob from which a text out of the prompt is the prompt, not speech
_DOUBT = -0.35  # log probability of a token below which the embedded model is asked twice
_SPEED = 0.95  # how much slower the second hearing is
_LANGUAGE_DOUBT = 0.95  # probability of a language below which the runner-up is tried too
_TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)  # Whisper's own ladder, for text that is written down
_QUICK_TEMPERATURES = (0.0, 0.4)  # for requests: what stays doubtful is asked for again rather than guessed at
_EMPTY = Transcript("", "", (), 0.0, 1.0, "", 0.0, reliable=False)


@dataclass(frozen=True, slots=True)
class Options:
    """How to decode. Plain values, as they cross to the worker.

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
class _Heard:
    """An encoded window. lead: seconds of silence in front; duration: seconds of the sound behind it."""

    mel: Any
    features: Any
    lead: float
    duration: float


@dataclass(frozen=True, slots=True)
class _How:
    """What a decode is asked for."""

    temperatures: tuple[float, ...]
    timestamps: bool = False
    task: str = "transcribe"


def build(**options: Any) -> Engine:
    """The factory that `workers.Worker` calls."""
    return Engine(Options(**options))


class Engine:
    """Its methods are called by name from the main process, one at a time."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._device = options.device
        self._model: Any = None
        self._positions: Any = None

    def warm(self) -> str:
        """Load, and decode one second for real. Returns the device. Raises ModelError, SettingsError."""
        rng = np.random.default_rng(0)
        self._on_device(lambda: self._hear(rng.normal(0, 0.05, SAMPLE_RATE).astype(np.float32), _How((0.0,))))
        return self._device

    def transcribe(self, samples: Samples, purpose: Purpose, words: bool = False) -> Transcript:
        """Of any length; what is longer than a window is parted where it is quiet."""
        began = time.perf_counter()
        parts = []
        at = 0
        while at < len(samples):
            end = at + sound.cut(samples[at:], WINDOW_S - _LEAD_S, WINDOW_S * 2 / 3)
            parts.append(_later(self._utterance(samples[at:end], purpose, words), at / SAMPLE_RATE))
            at = end
        return self._joined(parts, time.perf_counter() - began)

    def transcribe_window(self, samples: Samples, task: str, language: str, words: bool) -> dict[str, Any]:
        """The beginning of a long recording: {language, segments, consumed}.

        language: "" detects it. segments: Whisper's own, in seconds from the first sample; consumed: seconds
        after which the next window begins.
        """
        window = samples[: sound.cut(samples, WINDOW_S - _LEAD_S, WINDOW_S * 2 / 3)]
        if sound.is_still(window):
            return {"language": language, "segments": [], "consumed": len(window) / SAMPLE_RATE}
        return self._on_device(lambda: self._segments(window, task, language, words))

    # -- one utterance

    def _utterance(self, samples: Samples, purpose: Purpose, words: bool) -> Transcript:
        if sound.is_still(samples):
            return _EMPTY
        how = _How(_QUICK_TEMPERATURES if purpose == "assist" else _TEMPERATURES)
        return self._on_device(lambda: self._judged(samples, how, words))

    def _judged(self, samples: Samples, how: _How, words: bool) -> Transcript:
        heard, result = self._hear(samples, how)
        if self._no_speech(result):
            return Transcript("", "", (), result.avg_logprob, result.no_speech_prob, self._title, 0.0, reliable=False)
        return Transcript(
            text=result.text,
            language=result.language,
            words=tuple(self._words(heard, result)) if words and result.text else (),
            avg_logprob=result.avg_logprob,
            no_speech_prob=result.no_speech_prob,
            engine=self._title,
            compute_s=0.0,
            reliable=self._plausible(result) and self._heard_again(samples, result),
        )

    def _hear(self, samples: Samples, how: _How, languages: Sequence[str] = ()) -> tuple[_Heard, Any]:
        """Encode once, decode in the language it is, or in the two that it may be."""
        heard = self._encode(samples)
        results = [self._decode(heard, language, how) for language in self._languages(heard, languages)]
        return heard, max(results, key=lambda result: float(result.avg_logprob))

    def _no_speech(self, result: Any) -> bool:
        """Whisper's own rule, and one more: on clicks and hum a small model is sure both of silence and of a text."""
        if not result.text:
            return True
        if result.no_speech_prob > _ECHO_SILENCE and gates.echoes(result.text, self._options.prompt):
            return True
        doubtful = result.avg_logprob < self._options.logprob_threshold
        return bool(result.no_speech_prob > (self._options.no_speech_threshold if doubtful else _CERTAIN_SILENCE))

    def _plausible(self, result: Any) -> bool:
        return bool(
            result.no_speech_prob <= self._options.no_speech_threshold
            and result.avg_logprob >= self._options.logprob_threshold
            and result.compression_ratio <= self._options.compression_threshold
            and not gates.loops(result.text)
        )

    def _heard_again(self, samples: Samples, result: Any) -> bool:
        """A doubtful text counts where the same sound, a little slower, says it again.

        What a small model makes up changes with the smallest change of the sound; what was said does not.
        """
        if not self._options.embedded or result.avg_logprob >= _DOUBT:
            return True
        import soxr

        slower = soxr.resample(samples, SAMPLE_RATE * _SPEED, SAMPLE_RATE).astype(np.float32)
        _, again = self._hear(slower[: self._most_samples], _How((0.0,)), (result.language,))
        return gates.same(again.text, result.text)

    # -- Whisper

    def _encode(self, samples: Samples) -> _Heard:
        import torch
        import whisper

        model = self._loaded()
        lead = min(_LEAD_S, WINDOW_S - len(samples) / SAMPLE_RATE)
        padded = np.concatenate([np.zeros(round(lead * SAMPLE_RATE), np.float32), sound.normalise(samples)])
        length = self._fit_window(len(padded))
        mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(padded, length), model.dims.n_mels)
        mel = mel.to(model.device, torch.float16 if self._half else torch.float32)
        with torch.no_grad():
            return _Heard(mel, model.encoder(mel[None])[0], lead, len(samples) / SAMPLE_RATE)

    def _fit_window(self, samples: int) -> int:
        """The samples that the encoder takes: 30 s, but only what is there for the embedded model.

        It was trained on short windows too, is as right on them, and four times as fast. Official models
        were not, and stay at 30 s.
        """
        model = self._loaded()
        if self._positions is None:
            self._positions = model.encoder.positional_embedding
        count: int = len(self._positions)
        if self._options.embedded:
            count = min(count, max(-(-samples // _HOP), round(_SHORTEST_S * SAMPLE_RATE / _HOP)))
        model.encoder.positional_embedding = self._positions[:count]
        model.dims.n_audio_ctx = count
        return count * _HOP

    def _languages(self, heard: _Heard, asked: Sequence[str]) -> Sequence[str]:
        """One language, or the two likeliest where the first is in doubt."""
        model = self._loaded()
        if not model.is_multilingual:
            return ("en",)
        allowed = tuple(asked) or self._options.languages
        if len(allowed) == 1:
            return allowed
        _, probabilities = model.detect_language(heard.features)
        total = sum(probabilities[language] for language in allowed) or 1.0
        ranked = sorted(allowed, key=lambda language: -probabilities[language])
        return ranked[:1] if probabilities[ranked[0]] / total >= _LANGUAGE_DOUBT else ranked[:2]

    def _decode(self, heard: _Heard, language: str, how: _How) -> Any:
        """The first of the temperatures whose text is plausible, else the likeliest text that does not loop."""
        import torch

        torch.manual_seed(0)  # sampling included, the same sound gives the same text
        results = []
        for temperature in how.temperatures:
            result = self._decode_at(temperature, heard, language, how)
            if self._plausible(result) or self._no_speech(result):
                return result
            results.append(result)
        straight = [result for result in results if not gates.loops(result.text)]
        return max(straight or results, key=lambda result: float(result.avg_logprob))

    def _decode_at(self, temperature: float, heard: _Heard, language: str, how: _How) -> Any:
        import whisper

        model = self._loaded()
        options = whisper.DecodingOptions(
            task=how.task,
            language=language,
            temperature=temperature,
            # Nobody says more than twenty tokens a second; a loop is cut short there.
            sample_len=min(model.dims.n_text_ctx // 2, 16 + round(20 * heard.duration)),
            prompt=self._options.prompt or None,
            without_timestamps=not how.timestamps,
            # openai-whisper takes this in parts of the window, and takes the window for 30 s.
            max_initial_timestamp=1.0 * len(self._positions) / model.dims.n_audio_ctx,
            fp16=self._half,
        )
        return whisper.decode(model, heard.features, options)

    # -- long recordings

    def _segments(self, window: Samples, task: str, language: str, words: bool) -> dict[str, Any]:
        duration = len(window) / SAMPLE_RATE
        how = _How(_TEMPERATURES, timestamps=True, task=task)
        heard, result = self._hear(window, how, (language,) if language else ())
        if self._no_speech(result):
            return {"language": language, "segments": [], "consumed": duration}
        tokenizer = self._tokenizer(result.language, task)
        pieces, consumed = _parted(result.tokens, tokenizer.timestamp_begin, duration + heard.lead)
        segments = [self._segment(start, end, tokens, result, tokenizer) for start, end, tokens in pieces]
        if words:
            self._add_words(heard, segments, tokenizer)
        said = [_moved(segment, heard) for segment in segments if segment["text"].strip()]
        consumed = max(0.0, consumed - heard.lead)
        return {
            "language": result.language,
            "segments": said,
            "consumed": duration if consumed < 1.0 else min(consumed, duration),
        }

    def _segment(self, start: float, end: float, tokens: list[int], result: Any, tokenizer: Any) -> dict[str, Any]:
        return {
            "seek": 0,
            "start": start,
            "end": end,
            "text": tokenizer.decode([token for token in tokens if token < tokenizer.eot]),
            "tokens": tokens,
            "temperature": result.temperature,
            "avg_logprob": result.avg_logprob,
            "compression_ratio": result.compression_ratio,
            "no_speech_prob": result.no_speech_prob,
        }

    # -- word times

    def _words(self, heard: _Heard, result: Any) -> Iterator[Word]:
        tokenizer = self._tokenizer(result.language, "transcribe")
        segments = [{"seek": 0, "start": 0.0, "end": heard.lead + heard.duration, "tokens": list(result.tokens)}]
        self._add_words(heard, segments, tokenizer)
        for word in _moved(segments[0] | {"text": ""}, heard)["words"]:
            yield Word(word["word"].strip(), word["start"], word["end"], word["probability"])

    def _add_words(self, heard: _Heard, segments: list[dict[str, Any]], tokenizer: Any) -> None:
        import whisper.timing

        whisper.timing.dtw_cpu = alignment.dtw
        frames = round((heard.lead + heard.duration) * 100)
        whisper.timing.add_word_timestamps(
            segments=segments,
            model=self._loaded(),
            tokenizer=tokenizer,
            mel=heard.mel,
            num_frames=frames,
            last_speech_timestamp=0.0,
        )

    def _tokenizer(self, language: str, task: str) -> Any:
        from whisper.tokenizer import get_tokenizer

        model = self._loaded()
        return get_tokenizer(model.is_multilingual, num_languages=model.num_languages, language=language, task=task)

    # -- the model and its device

    def _loaded(self) -> Any:
        if self._model is None:
            self._check_languages()
            _use_threads(self._options.threads)
            model = checkpoints.build(self._options.checkpoint)
            if self._options.official:
                model.set_alignment_heads(_alignment_heads(self._options.official))
            self._model = model.to(_device(self._device))
            self._device = self._model.device.type
            self._positions = None
        return self._model

    def _on_device(self, work: Callable[[], _Answer]) -> _Answer:
        """What a GPU cannot do (no driver, no memory, a missing library) the processor does, from then on."""
        try:
            return work()
        except (RuntimeError, AssertionError, OSError) as error:
            if self._device == "cpu":
                raise
            log.warning("%s failed (%s); the processor takes over", self._device, str(error).splitlines()[0])
        self._device = "cpu"
        self._model = self._positions = None
        return work()

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
        return self._device != "cpu"

    @property
    def _most_samples(self) -> int:
        return round(WINDOW_S * SAMPLE_RATE)

    @property
    def _title(self) -> str:
        return f"{self._options.name} ({self._device})"

    def _joined(self, parts: Sequence[Transcript], compute_s: float) -> Transcript:
        said = [part for part in parts if part.text]
        if not said:
            quietest = min(parts, key=lambda part: part.no_speech_prob, default=_EMPTY)
            return Transcript(
                "", "", (), quietest.avg_logprob, quietest.no_speech_prob, self._title, compute_s, reliable=False
            )
        language = said[0].language
        return Transcript(
            text=("" if language in ("zh", "ja") else " ").join(part.text for part in said),
            language=language,
            words=tuple(word for part in said for word in part.words),
            avg_logprob=float(np.mean([part.avg_logprob for part in said])),
            no_speech_prob=max(part.no_speech_prob for part in said),
            engine=self._title,
            compute_s=compute_s,
            reliable=all(part.reliable for part in said),
        )


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


def _parted(tokens: Sequence[int], first: int, duration: float) -> tuple[list[tuple[float, float, list[int]]], float]:
    """Whisper's tokens as (start, end, tokens) in seconds, and the seconds after which nothing was heard to its end.

    first: the token of 0 s; each one after it is 20 ms later. Two time stamps in a row part segments; a text
    after the last pair is unfinished and is left to the next window (whisper/transcribe.py does the same).
    """
    stamps = [position for position, token in enumerate(tokens) if token >= first]
    pairs = [b for a, b in itertools.pairwise(stamps) if b == a + 1]
    ends_once = len(stamps) > 0 and stamps[-1] == len(tokens) - 1 and stamps[-1] - 1 not in stamps
    if not pairs:
        end = (tokens[stamps[-1]] - first) * 0.02 if stamps and tokens[stamps[-1]] > first else duration
        start = (tokens[stamps[0]] - first) * 0.02 if len(stamps) > 1 else 0.0
        return [(start, max(start, end), list(tokens))], duration
    bounds = [0, *pairs, *([len(tokens)] if ends_once else [])]
    pieces = [list(tokens[a:b]) for a, b in itertools.pairwise(bounds)]
    parted = [((p[0] - first) * 0.02, (p[-1] - first) * 0.02, p) for p in pieces]
    return parted, duration if ends_once else parted[-1][1]


def _moved(segment: dict[str, Any], heard: _Heard) -> dict[str, Any]:
    """Times from the first sample of the sound instead of the silence in front of it."""

    def at(seconds: float) -> float:
        return round(float(min(max(0.0, seconds - heard.lead), heard.duration)), 2)

    moved = segment | {"start": at(segment["start"]), "end": at(segment["end"])}
    if "words" in segment:
        moved["words"] = [
            word | {"start": at(word["start"]), "end": at(word["end"]), "probability": float(word["probability"])}
            for word in segment["words"]
        ]
    return moved


def _later(transcript: Transcript, seconds: float) -> Transcript:
    """Word times from the beginning of the whole."""
    if not seconds or not transcript.words:
        return transcript
    words = (replace(word, start=word.start + seconds, end=word.end + seconds) for word in transcript.words)
    return replace(transcript, words=tuple(words))
