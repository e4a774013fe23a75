"""Miscues: words of the text that were left out, and speech that is no word of the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..hearing import acoustic
from ..hearing.acoustic import SILENCE
from ..hearing.analysis import Analysis
from ..hearing.forced_alignment import Span, align
from ..hearing.forced_decoding import Opinion
from .evidence import Evidence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_KEY = 7
_SHORTEST = 3  # frames of a phone that was squeezed in
_BESIDE = 30  # frames that are looked at where there is no word beside it
_JOIN = 10  # frames between two stretches of other speech that count as one


def presence_features(analysis: Analysis, evidence: Evidence) -> Array:
    """What tells whether each word was said at all. Shape (words, ...)."""
    import numpy as np

    sound = analysis.sound
    key = evidence.phones[:, :_KEY].astype(np.float64)
    short = np.array([span.frames <= _SHORTEST for _, _, _, span in analysis.phones()], np.float64)
    rows = []
    for word, spans in enumerate(analysis.aligned.words):
        assert spans is not None
        mine = evidence.word_of == word
        start, end = spans[0].start, spans[-1].end
        rows.append([
            *key[mine].mean(axis=0), *key[mine].min(axis=0), *key[mine].max(axis=0), short[mine].mean(), mine.sum(),
            end - start, float((analysis.fit[start:end] - sound.top[start:end]).sum()), sound.level[start:end].max(),
            sound.level[start:end].mean(), *[way.words[word] is None for way in analysis.lenient],
            *[_shift(way.words[word], start, end) for way in analysis.lenient],
        ])  # fmt: skip
    own = np.array(rows)
    whole = np.concatenate([np.median(own, axis=0)[:14], own.mean(axis=0)[-6:], [np.percentile(sound.level, 95)]])
    around = np.pad(own[:, :14], ((1, 1), (0, 0)), mode="edge")
    return np.hstack([
        own, evidence.times, own[:, :14] - whole[:14], np.broadcast_to(whole, (len(own), len(whole))),
        around[:-2, :7], around[2:, :7], _without(analysis),
    ])  # fmt: skip


def scored_presence(features: Array, evidence: Evidence, scores: Array) -> Array:
    """presence_features with what the phones' scores say. scores: of the phones, on the experts' scale."""
    import numpy as np

    rows = []
    for word in range(len(features)):
        own = scores[evidence.word_of == word]
        rows.append((own.mean(), own.min(), own.max(), np.sort(own)[:2].mean()))
    marks = np.array(rows)
    return np.hstack([features, marks, marks - np.median(marks, axis=0)])


def text_features(presence: Array) -> Array:
    """What tells whether the recording is of this text at all. presence: scored_presence, shape (words, ...).
    Shape (...,)."""
    import numpy as np

    return np.concatenate([presence.mean(axis=0), presence.max(axis=0), presence.min(axis=0), [len(presence)]])


def _without(analysis: Analysis) -> Array:
    """Of each word, how much better the sound around it is explained without it: log likelihood, and that a phone.
    Shape (words, 2)."""
    import numpy as np

    spans = [(word[0].start, word[-1].end) for word in analysis.aligned.words if word]
    rows = []
    for index, phones in enumerate(analysis.words):
        before, after = analysis.words[max(0, index - 1) : index], analysis.words[index + 1 : index + 2]
        start = spans[index - 1][0] if before else max(0, spans[index][0] - _BESIDE)
        end = spans[index + 1][1] if after else min(analysis.sound.frames, spans[index][1] + _BESIDE)
        with_it, without = (_likelihood(analysis, [*before, *word, *after], start, end) for word in ([phones], []))
        rows.append((without - with_it, (without - with_it) / len(phones)))
    return np.array(rows)


def _likelihood(analysis: Analysis, words: list[tuple[str, ...]], start: int, end: int) -> float:
    sound = analysis.sound
    found = align(words, acoustic.model(), sound.scores[start:end], sound.best[start:end])
    return found.score if found else 0.0


def _shift(spans: tuple[Span, ...] | None, start: int, end: int) -> float:
    """Frames by which a lenient alignment has the word elsewhere."""
    if spans is None:
        return -1.0
    return float(abs(spans[0].start - start) + abs(spans[-1].end - end))


def other_speech(analysis: Analysis) -> list[Span]:
    """Stretches that the most lenient alignment gives to no word, in order."""
    joined: list[Span] = []
    for other in analysis.lenient[-1].others if analysis.lenient else ():
        if joined and other.start - joined[-1].end <= _JOIN:
            joined[-1] = Span(joined[-1].start, other.end)
        else:
            joined.append(other)
    return joined


def insertion_features(analysis: Analysis, evidence: Evidence, spans: list[Span]) -> Array:
    """What tells whether each stretch is a word that was added. Shape (spans, ...); there must be one."""
    import numpy as np

    sound = analysis.sound
    loud = np.percentile(sound.level, 95)
    quiet = sound.states[:, -1].max(axis=1)
    key = evidence.phones[:, :_KEY].astype(np.float64)
    whole = [*key.mean(axis=0), *evidence.delivery]
    phones = [span for number, span in sound.free if sound.names[number] != SILENCE]
    words = [word for word in analysis.lenient[-1].words if word]
    rows = []
    for span in spans:
        cut = slice(span.start, span.end)
        inside = [phone for phone in phones if phone.start >= span.start - 2 and phone.end <= span.end + 2]
        before = max((word[-1].end for word in words if word[-1].end <= span.start), default=-1)
        after = min((word[0].start for word in words if word[0].start >= span.end), default=-1)
        forced = np.isfinite(analysis.fit[cut])
        fit = (analysis.fit[cut] - sound.top[cut])[forced]
        clear = sound.top[cut] - quiet[cut]
        rows.append([
            span.frames, len(inside), sound.level[cut].mean() - loud, sound.level[cut].max() - loud,
            np.isfinite(sound.pitch[cut]).mean(), clear.mean(), clear.max(),
            float(np.exp(sound.posteriors[cut, :-1].max(axis=1)).mean()), forced.mean(),
            float(fit.mean()) if len(fit) else 0.0, before < 0, after < 0,
            span.start - before if before >= 0 else 0, after - span.end if after >= 0 else 0,
            span.start / sound.frames, len(spans), sum(one.frames for one in spans) / sound.frames,
            any(other.start < span.end and span.start < other.end for other in analysis.aligned.others),
            sum(word is None for word in analysis.lenient[-1].words), *whole,
        ])  # fmt: skip
    return np.array(rows, np.float64)


def gap_features(analysis: Analysis, spans: Sequence[Span], opinion: Opinion) -> Array:
    """What a recogniser tells about the place in the text of each stretch of other speech. Shape (spans, ...)."""
    import numpy as np

    starts = [word[0].start for word in analysis.lenient[-1].words if word]
    said = np.flatnonzero([word is not None for word in analysis.lenient[-1].words])
    rows = []
    for span in spans:
        before = int(np.searchsorted(starts, span.start))
        place = int(said[before]) if before < len(said) else len(opinion.gaps) - 1
        after_last = int(said[before - 1]) + 1 if before else 0
        here = opinion.gaps[after_last : place + 1]
        rows.append([*here[here[:, 1].argmax()], *here[0], opinion.gaps[:, 1].max()])
    return np.array(rows, np.float64)
