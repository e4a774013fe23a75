"""From evidence to the experts' scale: the trained tables at work. How they were made is in training.py; what they
are good for is in tables.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..hearing.forced_decoding import Opinion
from .evidence import Evidence, sentence_features, word_features
from .miscues import scored_presence, text_features
from .network import SENTENCE_HEADS, WORD_HEADS, Network
from .tables import Trees

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FILE = Path(__file__).with_name("tables.npz")
PHONE_SCALE, SCALE = 2.0, 10.0  # the experts' best marks: of a phone, and of all else
_TREES = 0.5  # their part; the network's is the rest


@dataclass(frozen=True, eq=False)
class Scores:
    """On the experts' scales. phones: shape (n,), 0-2; words: accuracy, stress, shape (words, 2), 0-10;
    sentence: accuracy, fluency, prosody, total, shape (4,), 0-10"""

    phones: Array
    words: Array
    sentence: Array


@dataclass(frozen=True, eq=False)
class MiscueTrees:
    """They give the log odds that a word was said, that the recording is of that text, that other speech is a word
    too many."""

    said: Trees
    belongs: Trees
    added: Trees

    def arrays(self, name: str) -> dict[str, Any]:
        named = {"said": self.said, "belongs": self.belongs, "added": self.added}
        return {key: value for part, trees in named.items() for key, value in trees.arrays(f"{name}.{part}").items()}

    @classmethod
    def read(cls, arrays: dict[str, Any], name: str) -> MiscueTrees:
        return cls(*(Trees.read(arrays, f"{name}.{part}") for part in ("said", "belongs", "added")))


@dataclass(frozen=True, eq=False)
class Scorer:
    """phones, words, sentence: trees of each (words, sentence: one a head); networks: whose mean counts
    by_sound, informed: for miscues, without and with what a recogniser says (forced_decoding.py)
    """

    phones: Trees
    words: Sequence[Trees]
    sentence: Sequence[Trees]
    networks: Sequence[Network]
    by_sound: MiscueTrees
    informed: MiscueTrees

    def presence(self, evidence: Evidence, features: Array, opinion: Opinion | None) -> tuple[Array, float]:
        """Probabilities 0-1 that each word was said, and that the recording is of this text.
        features: miscues.presence_features; opinion: a recogniser's, where there is one"""
        scored = scored_presence(features, evidence, self.phones.predict(evidence.phones))
        trees = self.by_sound
        if opinion is not None:
            scored, trees = with_opinion(scored, opinion.words), self.informed
        belongs = _probability(trees.belongs.predict(text_features(scored)[None]))
        return _probability(trees.said.predict(scored)), float(belongs[0])

    def insertion(self, features: Array, gaps: Array | None) -> Array:
        """Probability 0-1 that each stretch of speech is a word too many.
        features: miscues.insertion_features; gaps: miscues.gap_features, where there is a recogniser's opinion"""
        if gaps is None:
            return _probability(self.by_sound.added.predict(features))
        return _probability(self.informed.added.predict(with_opinion(features, gaps)))

    def score(self, evidence: Evidence) -> Scores:
        import numpy as np

        by_trees = self.phones.predict(evidence.phones)
        heard = [network(evidence.phones) for network in self.networks]
        phones = _mixed(by_trees, np.mean([one.phones for one in heard], axis=0))
        of_word = _per_word(np.mean([one.words for one in heard], axis=0), evidence)
        about_words = word_features(evidence, by_trees).astype(np.float32)
        words = _mixed(np.stack([trees.predict(about_words) for trees in self.words], axis=1), of_word)
        about_all = sentence_features(evidence, by_trees).astype(np.float32)[None]
        sentence = _mixed(
            np.array([trees.predict(about_all)[0] for trees in self.sentence]),
            np.mean([one.sentence for one in heard], axis=0),
        )
        return Scores(np.clip(phones, 0, PHONE_SCALE), np.clip(words, 0, SCALE), np.clip(sentence, 0, SCALE))

    def arrays(self) -> dict[str, Any]:
        named = {"phones": self.phones}
        named |= {f"words.{head}": trees for head, trees in zip(WORD_HEADS, self.words, strict=True)}
        named |= {f"sentence.{head}": trees for head, trees in zip(SENTENCE_HEADS, self.sentence, strict=True)}
        found = {key: value for name, trees in named.items() for key, value in trees.arrays(name).items()}
        found |= self.by_sound.arrays("by_sound") | self.informed.arrays("informed")
        for number, network in enumerate(self.networks):
            found |= network.arrays(f"network{number}")
        return found

    @classmethod
    def read(cls, arrays: dict[str, Any]) -> Scorer:
        count = len({key.split(".")[0] for key in arrays if key.startswith("network")})
        return cls(
            Trees.read(arrays, "phones"),
            [Trees.read(arrays, f"words.{head}") for head in WORD_HEADS],
            [Trees.read(arrays, f"sentence.{head}") for head in SENTENCE_HEADS],
            [Network.read(arrays, f"network{number}") for number in range(count)],
            MiscueTrees.read(arrays, "by_sound"),
            MiscueTrees.read(arrays, "informed"),
        )


def with_opinion(features: Array, opinion: Array) -> Array:
    """Both of the same words or stretches, shape (n, ...)."""
    import numpy as np

    return np.hstack([features, opinion])


def _probability(odds: Array) -> Array:
    import numpy as np

    probability: Array = 1 / (1 + np.exp(-odds))
    return probability


def _mixed(by_trees: Array, by_networks: Array) -> Array:
    mixed: Array = _TREES * by_trees + (1 - _TREES) * by_networks
    return mixed


def _per_word(by_phone: Array, evidence: Evidence) -> Array:
    import numpy as np

    return np.array([by_phone[evidence.word_of == word].mean(axis=0) for word in range(len(evidence.stress))])


@cache
def shipped() -> Scorer:
    import numpy as np

    with np.load(FILE, allow_pickle=False) as arrays:
        return Scorer.read(dict(arrays))
