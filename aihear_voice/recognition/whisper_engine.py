"""The object that lives inside the recogniser's worker process: from sound to a transcript that can be trusted."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from .. import workers
from ..errors import SettingsError
from ..types import SAMPLE_RATE, Purpose, Transcript, Window, Word
from . import alignment, gates, sound
from .assets import language_codes
from .model import GREEDY, LEAD_S, WINDOW_S, Attempt, Decoded, Heard, Model, Options
from .words import by_segment

if TYPE_CHECKING:
    from ..types import Samples
    from .tokens import Tokens

log = logging.getLogger(__name__)
_Answer = TypeVar("_Answer")

MARGIN_S = 0.25  # of the window behind the sound
_LANGUAGE_DOUBT = 0.95  # probability of a language below which the runner-up is tried too
_PHRASE_S = (8.0, 1.0, 0.4)  # longest, earliest end, pause: the embedded model knows requests, not talks
_CERTAIN_SILENCE = 0.8  # no_speech_prob from which the log probability is no counter-evidence
_ECHO_SILENCE = 0.3  # no_speech_prob from which a text out of the prompt is the prompt, not speech
_DOUBT = -0.2  # log probability of a token below which the embedded model hears a text again, with hiss
_GRAVE_DOUBT = -0.35  # and below which it hears it once more, slower
_HISS = 0.05  # share of the sound's level
_SPEED = 0.95
_SEARCH = Attempt(beams=5)
_PATIENT = (GREEDY, _SEARCH, Attempt(temperature=0.4), Attempt(temperature=0.8))  # for text that is written down
_QUICK = (GREEDY, _SEARCH)  # for requests: what stays doubtful is asked for again rather than guessed at
_WINDOWS: tuple[Window, ...] = ("short", "full", "again")  # of several, the last counts
_NOTHING = Transcript("", "", (), 0.0, 1.0, "", 0.0, reliable=False)


@dataclass(frozen=True, slots=True)
class _How:
    """What a decode is asked for.

    language: "" detects it
    reference: the level of the recording that the window is a part of
    """

    attempts: tuple[Attempt, ...]
    reference: float = 0.0
    language: str = ""
    task: str = "transcribe"
    timestamps: bool = False


@dataclass(frozen=True, slots=True)
class _Take:
    """A text, the window that it was heard in, and which window that was."""

    heard: Heard
    result: Decoded
    window: Window


def build(**options: Any) -> Engine:
    """The factory that `workers.Worker` calls."""
    return Engine(Options(**options))


class Engine:
    """Its methods are called by name from the main process, one at a time."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._model = _model(options)

    def warm(self) -> str:
        """Load, and decode one second for real. Returns the device. Raises ModelError, SettingsError."""
        _check_languages(self._options.languages)
        second = np.random.default_rng(0).normal(0, 0.05, SAMPLE_RATE).astype(np.float32)
        self._on_device(lambda: self._take(second, _How((GREEDY,)), self._options.shortest_window_s))
        workers.trim()
        return self._model.device

    def timed(self, samples: Samples, tokens: int, window_s: float = 0.0) -> tuple[float, int]:
        """For `aihear bench`: seconds from sound to text, and the tokens of it.

        Greedy, once, exactly so many tokens, in English. window_s: seconds that the encoder sees; 0 is as many as
        the sound has. A window of the model's own choice is no shorter than its manifest says; this one is.
        """
        began = time.perf_counter()
        heard = self._model.encode(samples, 0.0, window_s)
        result = self._model.decode(heard, "en", GREEDY, "transcribe", timestamps=False, exactly=tokens)
        return time.perf_counter() - began, len(result.tokens)

    def transcribe(self, samples: Samples, purpose: Purpose, words: bool = False) -> Transcript:
        """Of any length; what is longer than a window is parted where it is quiet."""
        began = time.perf_counter()
        reference = sound.loudest(samples)
        how = _How(_QUICK if purpose == "assist" else _PATIENT, reference=reference)
        parts = []
        at = 0
        while at < len(samples):
            end = at + self._cut(samples[at:], purpose)
            parts.append(_later(self._window(samples[at:end], how, words), at / SAMPLE_RATE))
            at = end
        title = f"{self._options.name} ({'fast' if self._options.converted else 'whisper'}, {self._model.device})"
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
        how = _How(_PATIENT, reference, language, task, timestamps=not self._options.embedded)
        return self._on_device(lambda: self._segments(window, how, words))

    def _on_device(self, work: Callable[[], _Answer]) -> _Answer:
        """What a graphics card cannot do (no driver, no memory, a missing library) the processor does from then on."""
        try:
            return work()
        except (RuntimeError, AssertionError, OSError, ValueError) as error:
            if self._model.device == "cpu":
                raise
            log.warning("%s failed (%s); the processor takes over", self._model.device, str(error).splitlines()[0])
        self._model.use_processor()
        return work()

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
        return self._on_device(lambda: self._judged(samples, how, words))

    def _judged(self, samples: Samples, how: _How, words: bool) -> Transcript:
        take = self._hear(samples, how)
        result = take.result
        if self._no_speech(result):
            return replace(
                _NOTHING, avg_logprob=result.avg_logprob, no_speech_prob=result.no_speech_prob, window=take.window
            )
        return Transcript(
            text=result.text,
            language=result.language,
            words=self._words(take.heard, result) if words else (),
            avg_logprob=result.avg_logprob,
            no_speech_prob=result.no_speech_prob,
            engine="",
            compute_s=0.0,
            reliable=self._plausible(result) and self._says_it_again(samples, how, take),
            window=take.window,
        )

    def _hear(self, samples: Samples, how: _How) -> _Take:
        """With a window as short as the sound, and where that has failed with the full one: the better of both.

        Weights that were trained on 30 s only may fail on less: they stop too early, never stop, or ramble.
        """
        short_s = max(self._options.shortest_window_s, LEAD_S + len(samples) / SAMPLE_RATE + MARGIN_S)
        if short_s >= WINDOW_S:
            return self._take(samples, how, WINDOW_S)
        first = self._take(samples, replace(how, attempts=how.attempts[:1]), short_s)
        if self._stands(first.result):
            return first
        second = self._take(samples, how, WINDOW_S)
        return replace(max(first, second, key=lambda take: self._rank(take.result)), window="again")

    def _take(self, samples: Samples, how: _How, window_s: float) -> _Take:
        """Encode once, decode in the language it is, or in the two that it may be."""
        heard = self._model.encode(samples, how.reference, window_s)
        results = [self._decode(heard, language, how) for language in self._languages(heard, how.language)]
        result = max(results, key=lambda result: result.avg_logprob)
        return _Take(heard, result, "full" if heard.full else "short")

    def _languages(self, heard: Heard, asked: str) -> Sequence[str]:
        """One language, or the two likeliest where the first is in doubt. Only the person's own are considered."""
        if not self._model.tokens.multilingual:
            return ("en",)
        if asked or len(self._options.languages) == 1:
            return (asked or self._options.languages[0],)
        known = self._model.language_probabilities(heard)
        probabilities = {language: known.get(language, 0.0) for language in self._options.languages}
        ranked = sorted(probabilities, key=lambda language: -probabilities[language])
        share = probabilities[ranked[0]] / (sum(probabilities.values()) or 1.0)
        return ranked[:1] if share >= _LANGUAGE_DOUBT else ranked[:2]

    def _decode(self, heard: Heard, language: str, how: _How) -> Decoded:
        """The first of the attempts whose text is plausible, else the likeliest text that does not loop."""
        results = []
        for attempt in how.attempts:
            result = self._model.decode(heard, language, attempt, how.task, how.timestamps)
            if self._stands(result):
                return result
            results.append(result)
        return max(results, key=self._rank)

    def _stands(self, result: Decoded) -> bool:
        """Whether there is no reason to try again. No text at all, without an end of it, is a failure too."""
        return self._plausible(result) or (result.finished and self._no_speech(result))

    def _rank(self, result: Decoded) -> tuple[bool, bool, float]:
        return self._stands(result), result.finished and not gates.loops(result.text), result.avg_logprob

    def _no_speech(self, result: Decoded) -> bool:
        """Whisper's own rule, and one more: on clicks and hum a small model is sure both of silence and of a text."""
        if not result.text:
            return True
        if result.no_speech_prob > _ECHO_SILENCE and gates.echoes(result.text, self._options.prompt):
            return True
        doubtful = result.avg_logprob < self._options.logprob_threshold
        return result.no_speech_prob > (self._options.no_speech_threshold if doubtful else _CERTAIN_SILENCE)

    def _plausible(self, result: Decoded) -> bool:
        return (
            result.finished
            and result.no_speech_prob <= self._options.no_speech_threshold
            and result.avg_logprob >= self._options.logprob_threshold
            and result.compression_ratio <= self._options.compression_threshold
            and not gates.loops(result.text)
        )

    def _says_it_again(self, samples: Samples, how: _How, take: _Take) -> bool:
        """A doubtful text counts where the same sound, a little changed, gives it again.

        What a small model makes up changes with the smallest change of the sound; what was said does not.
        Measured: this refuses half of the wrong texts and most made of noise, and 1 in 100 right ones (20 dB
        above the noise: 1 in 20).
        """
        if not self._options.embedded:
            return True
        result = take.result
        again = replace(how, attempts=(GREEDY,), language=result.language)
        variants = [
            variant for doubt, variant in ((_DOUBT, _with_hiss), (_GRAVE_DOUBT, _slower)) if result.avg_logprob < doubt
        ]
        takes = (self._take(variant(samples), again, take.heard.window_s) for variant in variants)
        return all(gates.same(other.result.text, result.text) for other in takes)

    def _words(self, heard: Heard, result: Decoded) -> tuple[Word, ...]:
        text = [token for token in result.tokens if token < self._model.tokens.eot]
        found = self._aligned(heard, text, result.language)
        return tuple(replace(_moved(word, heard), text=word.text.strip()) for word in found)

    def _aligned(self, heard: Heard, text: Sequence[int], language: str) -> list[Word]:
        """Words with times from the window's beginning. The starter was not trained to align: its words are spread."""
        found = self._model.align(heard, text, language)
        if not self._options.embedded:
            return found
        start, end = (seconds + heard.lead for seconds in heard.span)
        times = alignment.spread([word.text for word in found], start, end)
        return [replace(word, start=a, end=b) for word, (a, b) in zip(found, times, strict=True)]

    # -- one window of a long recording

    def _segments(self, window: Samples, how: _How, words: bool) -> dict[str, Any]:
        duration = len(window) / SAMPLE_RATE
        take = self._hear(window, how)
        heard, result = take.heard, take.result
        if self._no_speech(result):
            return {"language": how.language, "segments": [], "consumed": duration}
        coder = self._model.tokens
        pieces, consumed = _parted(result.tokens, coder.timestamp_begin, heard)
        segments = [_segment(piece, result, coder) for piece in pieces]
        if words:
            self._add_words(heard, segments, result.language)
        return {
            "language": result.language,
            "segments": [_without_lead(segment, heard) for segment in segments if segment["text"].strip()],
            "consumed": consumed if 1.0 <= consumed < duration else duration,  # a window never ends where it began
        }

    def _add_words(self, heard: Heard, segments: list[dict[str, Any]], language: str) -> None:
        text = [token for segment in segments for token in segment["tokens"] if token < self._model.tokens.eot]
        found = by_segment(self._aligned(heard, text, language), [segment["text"] for segment in segments])
        for segment, own in zip(segments, found, strict=True):
            segment["words"] = [
                {"word": word.text, "start": word.start, "end": word.end, "probability": word.probability}
                for word in own
            ]
            if own:
                segment |= {"start": own[0].start, "end": own[-1].end}


def _model(options: Options) -> Model:
    if options.converted:
        from .fast_model import FastModel

        return FastModel(options)
    from .whisper_model import WhisperModel

    return WhisperModel(options)


def _check_languages(languages: Sequence[str]) -> None:
    unknown = [language for language in languages if language not in language_codes()]
    if unknown:
        raise SettingsError(
            f"recognition.languages: Whisper knows no language {unknown[0]!r}",
            "unknown_language",
            "use two-letter codes: en, de, es, zh, fr, …",
        )


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


def _segment(piece: _Piece, result: Decoded, coder: Tokens) -> dict[str, Any]:
    return {
        "seek": 0,
        "start": piece.start,
        "end": piece.end,
        "text": coder.decode(piece.tokens),
        "tokens": piece.tokens,
        "temperature": result.temperature,
        "avg_logprob": result.avg_logprob,
        "compression_ratio": result.compression_ratio,
        "no_speech_prob": result.no_speech_prob,
    }


def _without_lead(segment: dict[str, Any], heard: Heard) -> dict[str, Any]:
    """Times from the first sample of the sound instead of the silence in front of it."""

    def later(item: dict[str, Any]) -> dict[str, Any]:
        return item | {"start": _at(item["start"], heard), "end": _at(item["end"], heard)}

    moved = later(segment)
    if "words" in segment:
        moved["words"] = [later(word) for word in segment["words"]]
    return moved


def _moved(word: Word, heard: Heard) -> Word:
    return replace(word, start=_at(word.start, heard), end=_at(word.end, heard))


def _at(seconds: float, heard: Heard) -> float:
    return round(float(min(max(0.0, seconds - heard.lead), heard.duration)), 2)


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
        window=max((part.window for part in said), key=_WINDOWS.index),
    )
