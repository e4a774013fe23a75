"""What is known of a recording, as numbers for the trained models: by phone, by word, and as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..hearing.analysis import Analysis
from ..text.phones import stress
from .delivery import delivery
from .features import phone_features
from .goodness import Goodness, goodness
from .stress import stress_features

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

_KEY = 7  # of the phones' features, the measures of goodness that words and sentences look at too
_QUANTILES = (0.1, 0.25, 0.5, 0.75)


@dataclass(frozen=True, eq=False)
class Evidence:
    """phones: shape (phones, features)
    word_of: of each phone; vowel: whether it is one
    stress: shape (words, ...); times: of each word, its log length a phone and the gaps before and after
    delivery: shape (...,)
    """

    phones: NDArray[np.float32]
    word_of: NDArray[np.int64]
    vowel: NDArray[np.bool_]
    stress: Array
    times: Array
    delivery: Array
    goodness: Goodness


def gather(analysis: Analysis, words: Sequence[Sequence[str]]) -> Evidence:
    """words: their phones, with stress marks."""
    import numpy as np

    marks = np.array([stress(phone) for word in words for phone in word], np.float32)
    good = goodness(analysis)
    return Evidence(
        phones=phone_features(analysis, good, marks),
        word_of=np.array([word for word, _, _, _ in analysis.phones()]),
        vowel=marks >= 0,
        stress=np.array([stress_features(analysis, index, word) for index, word in enumerate(words)]),
        times=_times(analysis),
        delivery=delivery(analysis),
        goodness=good,
    )


def _times(analysis: Analysis) -> Array:
    import numpy as np

    edges = [(spans[0].start, spans[-1].end, len(spans)) for spans in analysis.aligned.words if spans]
    rows = []
    for index, (start, end, phones) in enumerate(edges):
        before = start - edges[index - 1][1] if index else 0
        after = edges[index + 1][0] - end if index + 1 < len(edges) else 0
        rows.append((np.log((end - start) / phones), before, after))
    return np.array(rows, np.float64)


def word_features(evidence: Evidence, scores: Array) -> Array:
    """scores: of the phones. Shape (words, ...)."""
    import numpy as np

    key = evidence.phones[:, :_KEY]
    overall = [scores.mean(), scores.min(), np.median(scores), key[:, 0].mean()]
    rows = []
    for word in range(len(evidence.stress)):
        mine = evidence.word_of == word
        own = scores[mine]
        vowels, consonants = own[evidence.vowel[mine]], own[~evidence.vowel[mine]]
        rows.append([
            own.mean(), own.min(), np.sort(own)[:2].mean(), own[0], own[-1], len(own),
            vowels.min() if len(vowels) else own.mean(), consonants.min() if len(consonants) else own.mean(),
            *key[mine].mean(axis=0), *key[mine].min(axis=0), word, len(evidence.stress),
            *overall, own.mean() - overall[0], own.min() - overall[0],
        ])  # fmt: skip
    return np.hstack([np.array(rows), evidence.stress, evidence.times])


def sentence_features(evidence: Evidence, scores: Array) -> Array:
    """scores: of the phones. Shape (...,)."""
    import numpy as np

    key = evidence.phones[:, :_KEY]
    worst = [scores[evidence.word_of == word].min() for word in range(len(evidence.stress))]
    return np.concatenate([
        evidence.delivery, key.mean(axis=0), np.quantile(key, 0.2, axis=0), np.quantile(scores, _QUANTILES),
        [scores.mean(), scores.min(), np.mean(worst), np.median(worst), (scores < 1.5).mean(), (scores < 1.0).mean()],
    ])  # fmt: skip
