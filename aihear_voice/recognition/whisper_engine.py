"""The object that lives inside the recogniser's worker process: from sound to a transcript that can be trusted."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..types import SAMPLE_RATE, Purpose, Transcript, Word
from . import gates, sound
from .whisper_model import LEAD_S, WINDOW_S, Heard, Model, Options

if TYPE_CHECKING:
    from ..types import Samples

_PHRASE_S = (8.0, 1.0, 0.4)  # longest, earliest end, pause: the embedded model knows requests, not talks
_CERTAIN_SILENCE = 0.8  # no_speech_prob from which the log probability is no counter-evidence
_ECHO_SILENCE = 0.3  # no_speech_prob from which a text out of the prompt is the prompt, not speech
_DOUBT = -0.2  # log probability of a token below which the embedded model hears a text again, with hiss
_GRAVE_DOUBT = -0.35  # and below which it hears it once more, slower
_HISS = 0.05  # share of the sound's level
_SPEED = 0.95
_TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)  # Whisper's own ladder, for text that is written down
_QUICK_TEMPERATURES = (0.0, 0.4)  # for requests: what stays doubtful is asked for again rather than guessed at
_NOTHING = Transcript("", "", (), 0.0, 1.0, "", 0.0, reliable=False)


@dataclass(frozen=True, slots=True)
class _How:
    """What a decode is asked for.

    language: "" detects it
    reference: the level of the recording that the window is a part of
    """

    temperatures: tuple[float, ...]
    reference: float = 0.0
    language: str = ""
    task: str = "transcribe"
    timestamps: bool = False


def build(**options: Any) -> Engine:
    """The factory that `workers.Worker` calls."""
    return Engine(Options(**options))


class Engine:
    """Its methods are called by name from the main process, one at a time."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._model = Model(options)

    def warm(self) -> str:
        """Load, and decode one second for real. Returns the device. Raises ModelError, SettingsError."""
        second = np.random.default_rng(0).normal(0, 0.05, SAMPLE_RATE).astype(np.float32)
        self._model.on_device(lambda: self._hear(second, _How((0.0,))))
        return self._model.device

    def transcribe(self, samples: Samples, purpose: Purpose, words: bool = False) -> Transcript:
        """Of any length; what is longer than a window is parted where it is quiet."""
        began = time.perf_counter()
        reference = sound.loudest(samples)
        how = _How(_QUICK_TEMPERATURES if purpose == "assist" else _TEMPERATURES, reference=reference)
        parts = []
        at = 0
        while at < len(samples):
            end = at + self._cut(samples[at:], purpose)
            parts.append(_later(self._window(samples[at:end], how, words), at / SAMPLE_RATE))
            at = end
        title = f"{self._options.name} ({self._model.device})"
        return replace(_joined(parts), engine=title, compute_s=time.perf_counter() - began)

    def transcribe_window(
        self, samples: Samples, reference: float, task: str, language: str, words: bool
    ) -> dict[str, Any]:
        """The beginning of a long recording: {language, segments, consumed}.

        reference: the level of the whole (sound.loudest). language: "" detects it. segments: Whisper's own, in
        seconds from the first sample; consumed: seconds after which the next window begins.
        """
        window = samples[: self._cut(samples, "caption")]
        if sound.is_still(window, reference):
            return {"language": language, "segments": [], "consumed": len(window) / SAMPLE_RATE}
        how = _How(_TEMPERATURES, reference, language, task, timestamps=not self._options.embedded)
        return self._model.on_device(lambda: self._segments(window, how, words))

    def _cut(self, samples: Samples, purpose: Purpose) -> int:
        """Samples of the first window. A request is one window, hesitations and all."""
        longest, earliest, pause = _PHRASE_S
        if not self._options.embedded:
            return sound.cut(samples, WINDOW_S - LEAD_S, WINDOW_S * 2 / 3)
        if purpose in ("assist", "practise") and len(samples) <= longest * SAMPLE_RATE:
            return len(samples)
        return sound.cut(samples, longest, earliest, pause)

    # -- one window of an utterance

    def _window(self, samples: Samples, how: _How, words: bool) -> Transcript:
        if sound.is_still(samples, how.reference):
            return _NOTHING
        return self._model.on_device(lambda: self._judged(samples, how, words))

    def _judged(self, samples: Samples, how: _How, words: bool) -> Transcript:
        heard, result = self._hear(samples, how)
        if self._no_speech(result):
            return replace(_NOTHING, avg_logprob=result.avg_logprob, no_speech_prob=result.no_speech_prob)
        return Transcript(
            text=result.text,
            language=result.language,
            words=self._words(heard, result) if words else (),
            avg_logprob=result.avg_logprob,
            no_speech_prob=result.no_speech_prob,
            engine="",
            compute_s=0.0,
            reliable=self._plausible(result) and self._says_it_again(samples, how, result),
        )

    def _hear(self, samples: Samples, how: _How) -> tuple[Heard, Any]:
        """Encode once, decode in the language it is, or in the two that it may be."""
        heard = self._model.encode(samples, how.reference)
        results = [self._decode(heard, language, how) for language in self._model.languages(heard, how.language)]
        return heard, max(results, key=lambda result: float(result.avg_logprob))

    def _decode(self, heard: Heard, language: str, how: _How) -> Any:
        """The first of the temperatures whose text is plausible, else the likeliest text that does not loop."""
        results = []
        for temperature in how.temperatures:
            result = self._model.decode(heard, language, temperature, how.task, how.timestamps)
            if self._plausible(result) or self._no_speech(result):
                return result
            results.append(result)
        straight = [result for result in results if not gates.loops(result.text)]
        return max(straight or results, key=lambda result: float(result.avg_logprob))

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

    def _says_it_again(self, samples: Samples, how: _How, result: Any) -> bool:
        """A doubtful text counts where the same sound, a little changed, gives it again.

        What a small model makes up changes with the smallest change of the sound; what was said does not.
        Measured: this refuses half of the wrong texts and most made of noise, and 1 in 100 right ones (20 dB
        above the noise: 1 in 20).
        """
        if not self._options.embedded:
            return True
        again = replace(how, temperatures=(0.0,), language=result.language)
        variants = [
            variant for doubt, variant in ((_DOUBT, _with_hiss), (_GRAVE_DOUBT, _slower)) if result.avg_logprob < doubt
        ]
        return all(gates.same(self._hear(variant(samples), again)[1].text, result.text) for variant in variants)

    def _words(self, heard: Heard, result: Any) -> tuple[Word, ...]:
        whole = {"seek": 0, "start": 0.0, "end": heard.lead + heard.duration, "tokens": list(result.tokens)}
        self._model.add_words(heard, [whole], self._model.tokenizer(result.language))
        words = _without_lead(whole, heard)["words"]
        return tuple(Word(word["word"].strip(), word["start"], word["end"], word["probability"]) for word in words)

    # -- one window of a long recording

    def _segments(self, window: Samples, how: _How, words: bool) -> dict[str, Any]:
        duration = len(window) / SAMPLE_RATE
        heard, result = self._hear(window, how)
        if self._no_speech(result):
            return {"language": how.language, "segments": [], "consumed": duration}
        tokenizer = self._model.tokenizer(result.language, how.task)
        pieces, consumed = _parted(result.tokens, tokenizer.timestamp_begin, heard)
        segments = [_segment(piece, result, tokenizer) for piece in pieces]
        if words:
            self._model.add_words(heard, segments, tokenizer)
        return {
            "language": result.language,
            "segments": [_without_lead(segment, heard) for segment in segments if segment["text"].strip()],
            "consumed": consumed if 1.0 <= consumed < duration else duration,  # a window never ends where it began
        }


@dataclass(frozen=True, slots=True)
class _Piece:
    """start, end: seconds from the beginning of the window, silence in front included."""

    start: float
    end: float
    tokens: list[int]


def _parted(tokens: Sequence[int], zero: int, heard: Heard) -> tuple[list[_Piece], float]:
    """Whisper's tokens as segments, and the seconds of the sound after which the next window begins.

    zero: the token of 0 s; each one after it is 20 ms later. Two time stamps in a row part segments; text
    after the last pair is unfinished, and is left to the next window (as whisper/transcribe.py does).
    """
    stamps = [position for position, token in enumerate(tokens) if token >= zero]
    pairs = [second for first, second in itertools.pairwise(stamps) if second == first + 1]
    if not pairs:
        return [_whole(tokens, stamps, zero, heard)], heard.duration
    finished = stamps[-1] == len(tokens) - 1 and stamps[-1] - 1 not in stamps
    bounds = [0, *pairs, *([len(tokens)] if finished else [])]
    pieces = [_stamped(tokens[first:last], zero) for first, last in itertools.pairwise(bounds)]
    return pieces, heard.duration if finished else pieces[-1].end - heard.lead


def _whole(tokens: Sequence[int], stamps: Sequence[int], zero: int, heard: Heard) -> _Piece:
    start, end = (seconds + heard.lead for seconds in heard.span)
    if stamps and tokens[stamps[-1]] > zero:
        end = (tokens[stamps[-1]] - zero) * 0.02
        start = min((tokens[stamps[0]] - zero) * 0.02 if len(stamps) > 1 else start, end)
    return _Piece(start, end, list(tokens))


def _stamped(tokens: Sequence[int], zero: int) -> _Piece:
    return _Piece((tokens[0] - zero) * 0.02, (tokens[-1] - zero) * 0.02, list(tokens))


def _segment(piece: _Piece, result: Any, tokenizer: Any) -> dict[str, Any]:
    return {
        "seek": 0,
        "start": piece.start,
        "end": piece.end,
        "text": tokenizer.decode([token for token in piece.tokens if token < tokenizer.eot]),
        "tokens": piece.tokens,
        "temperature": result.temperature,
        "avg_logprob": result.avg_logprob,
        "compression_ratio": result.compression_ratio,
        "no_speech_prob": result.no_speech_prob,
    }


def _without_lead(segment: dict[str, Any], heard: Heard) -> dict[str, Any]:
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


def _with_hiss(samples: Samples) -> Samples:
    hiss = np.random.default_rng(1).standard_normal(len(samples), np.float32)
    return samples + hiss * np.float32(sound.level(samples) * _HISS)


def _slower(samples: Samples) -> Samples:
    import soxr

    return np.asarray(soxr.resample(samples, SAMPLE_RATE * _SPEED, SAMPLE_RATE), np.float32)


def _later(transcript: Transcript, seconds: float) -> Transcript:
    """Word times from the beginning of the whole."""
    moved = (replace(word, start=word.start + seconds, end=word.end + seconds) for word in transcript.words)
    return replace(transcript, words=tuple(moved))


def _joined(parts: Sequence[Transcript]) -> Transcript:
    """Of all windows; those in which nobody spoke do not count, unless there is no other."""
    said = [part for part in parts if part.text]
    if not said:
        return min(parts, key=lambda part: part.no_speech_prob, default=_NOTHING)
    joint = "" if said[0].language in ("zh", "yue", "ja") else " "
    return replace(
        said[0],
        text=joint.join(part.text for part in said),
        words=tuple(word for part in said for word in part.words),
        avg_logprob=float(np.mean([part.avg_logprob for part in said])),
        no_speech_prob=max(part.no_speech_prob for part in said),
        reliable=all(part.reliable for part in said),
    )
