"""How likely a speech recogniser finds each word of a text where it stands: teacher forcing.

An aligner finds a place for any word; a recogniser that has learnt from many voices knows when the sound goes on
without it. It is given the text, token by token, and tells how likely each is after those before it, with and without
each word. It is evidence beside the sound, never a score by itself: its language model prefers what people usually say.

The recogniser is Moonshine tiny for English (Jeffries et al. 2024, arXiv 2410.15608; MIT), 27 million weights. The
wheel of moonshine-voice 0.0.73 carries its networks (later ones fetch them); only these files of it are used. Without
it this evidence is missing, and the tables for miscues that do without it are used.
"""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import networks
from .posteriors import log_normal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Samples = NDArray[np.float32]

_BEGIN, _END = 1, 2  # tokens
_FIRST_BYTE = 3  # tokens of single bytes, for what has no token of its own
_PIECES = 32000  # and before here all tokens of text
_SPACE = "▁"
_STEP = 384  # samples of a position of the encoder
_AHEAD = 8  # tokens behind a word that are looked at with and without it
_PAST = "past_key_values."  # names of the decoder's inputs begin so
_LEAST = 4 * _STEP  # samples that the encoder can take


@dataclass(frozen=True, eq=False)
class Opinion:
    """words: shape (words, ...), about each word; gaps: shape (words + 1, ...), about each place between words.

    Natural log units. What the columns are stands in `_about_words` and `_about_gaps`.
    """

    words: Array
    gaps: Array


@dataclass(frozen=True, eq=False)
class Hearing:
    """A recording as the encoder hears it: states, shape (1, n, 288); samples: how many it has."""

    states: NDArray[np.float32]
    samples: int

    def of(self, words: Sequence[str]) -> Opinion:
        """words: of the text, at least one."""
        return _opinion(self, [word.lower() for word in words])


@dataclass(frozen=True, eq=False)
class _Taught:
    """The decoder after the whole text: log probabilities of what follows each token, shape (tokens, vocabulary), and
    what it keeps for going on."""

    after: NDArray[np.float32]
    kept: Mapping[str, NDArray[np.float32]]


def available() -> bool:
    return _folder() is not None


def hear(samples: Samples) -> Hearing | None:
    """samples: float32 16 kHz. None where the recogniser is not installed."""
    import numpy as np

    if not available():
        return None
    padded = np.pad(samples, (0, max(0, _LEAST - len(samples))))[None].astype(np.float32)
    inputs = {"input_values": padded, "attention_mask": np.ones(padded.shape, np.int64)}
    return Hearing(_session("encoder_model").run(None, inputs)[0], padded.shape[1])


# -- the evidence ------------------------------------------------------------------------------------------


def _opinion(hearing: Hearing, words: Sequence[str]) -> Opinion:
    import numpy as np

    pieces = [_tokens(word, first=index == 0) for index, word in enumerate(words)]
    text = [*itertools.chain(*pieces), *_full_stop(), _END]
    taught = _teach(hearing, text)
    own = taught.after[np.arange(len(text)), text].astype(np.float64)  # of each token, after those before it
    starts = np.cumsum([0, *map(len, pieces)])
    without = np.array([_without(hearing, taught, words, pieces, text, word) for word in range(len(words))])
    return Opinion(_about_words(own, starts, without), _about_gaps(own, starts, taught))


def _about_words(own: Array, starts: NDArray[np.int64], without: Array) -> Array:
    """How much likelier the text is with the word, and the same beside what is usual in this text and at the words
    around; of the word's tokens the sum and the worst; their number; of the text the mean and the worst."""
    import numpy as np

    spans = [slice(start, end) for start, end in itertools.pairwise(starts)]
    ends = [span.stop + min(_AHEAD, len(own) - span.stop) for span in spans]
    gain = np.array([own[span.start : end].sum() for span, end in zip(spans, ends, strict=True)]) - without
    around = np.pad(gain, 1)
    return np.column_stack([
        gain, gain - np.median(gain), around[:-2], around[2:], [own[span].sum() for span in spans],
        [own[span].min() for span in spans], [span.stop - span.start for span in spans],
        np.full(len(gain), own.mean()), np.full(len(gain), own.min()),
    ])  # fmt: skip


def _about_gaps(own: Array, starts: NDArray[np.int64], taught: _Taught) -> Array:
    """Of the token that follows in the text: its log probability, how far below the likeliest it is, and below what
    is usual in this text; of the text the mean."""
    import numpy as np

    missed = taught.after.max(axis=1)[starts] - own[starts]
    return np.column_stack([own[starts], missed, missed - np.median(missed), np.full(len(starts), own.mean())])


def _without(
    hearing: Hearing, taught: _Taught, words: Sequence[str], pieces: Sequence[list[int]], text: Sequence[int], word: int
) -> float:
    """Log probability of the tokens behind the word, right after those before it."""
    start = sum(map(len, pieces[:word]))
    behind = list(text[start + len(pieces[word]) :][:_AHEAD])
    if word == 0 and len(words) > 1:  # the next word begins the text: a capital
        capital = _tokens(words[1], first=True)
        behind = [*capital, *behind[len(pieces[1]) :]][: len(behind)]
    sure = float(taught.after[start, behind[0]])
    return sure + _go_on(hearing, taught, start + 1, behind) if len(behind) > 1 else sure


# -- the decoder -------------------------------------------------------------------------------------------


def _teach(hearing: Hearing, text: Sequence[int]) -> _Taught:
    import numpy as np

    inputs = _fixed(hearing, reuse=False)
    inputs |= {_PAST + name: np.zeros((1, heads, 0, size), np.float32) for name, (heads, size) in _kept().items()}
    inputs["input_ids"] = np.array([[_BEGIN, *text[:-1]]], np.int64)
    logits, *kept = _decoder().run(["logits", *(f"present.{name}" for name in _kept())], inputs)
    return _Taught(log_normal(logits[0]), dict(zip(_kept(), kept, strict=True)))


def _go_on(hearing: Hearing, taught: _Taught, length: int, tokens: Sequence[int]) -> float:
    """Log probability of all of `tokens` but the first, after the first `length` of the text (its beginning counts)."""
    import numpy as np

    inputs: dict[str, Any] = _fixed(hearing, reuse=True)
    for name, values in taught.kept.items():
        inputs[_PAST + name] = values if "encoder" in name else values[:, :, :length]
    inputs["input_ids"] = np.array([tokens[:-1]], np.int64)
    logits = _decoder().run(["logits"], inputs)[0]
    after = log_normal(logits[0])
    return float(after[np.arange(len(tokens) - 1), list(tokens[1:])].sum())


def _fixed(hearing: Hearing, reuse: bool) -> dict[str, Any]:
    import numpy as np

    return {
        "encoder_hidden_states": hearing.states,
        "encoder_attention_mask": np.ones((1, hearing.samples), np.int64),
        "use_cache_branch": np.array([reuse]),
    }


@cache
def _kept() -> Mapping[str, tuple[int, int]]:
    """What the decoder keeps of each token, by name: (heads, numbers of each)."""
    shapes = {given.name: given.shape for given in _decoder().get_inputs()}
    found = {name.removeprefix(_PAST): shape for name, shape in shapes.items() if name.startswith(_PAST)}
    return {name: (shape[1], shape[3]) for name, shape in found.items()}


def _decoder() -> Any:
    return _session("decoder_model_merged")


@cache
def _session(name: str) -> Any:
    folder = _folder()
    assert folder is not None
    return networks.load(folder / f"{name}.ort", arena=False)


@cache
def _folder() -> Path | None:
    """Found without importing the package, which would open PortAudio."""
    found = importlib.util.find_spec("moonshine_voice")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent / "assets" / "tiny-en"
    return folder if (folder / "decoder_model_merged.ort").exists() else None


# -- tokens ------------------------------------------------------------------------------------------------


def _tokens(word: str, first: bool) -> list[int]:
    """Of a lower-case word as it is written: the first with a capital, "I" too."""
    capital = first or word == "i" or word.startswith("i'")
    return _merged(_SPACE + (word[:1].upper() + word[1:] if capital else word))


def _full_stop() -> list[int]:
    return _merged(".")


def _merged(text: str) -> list[int]:
    """Byte pair encoding: of all neighbours those are joined first whose token has the lowest number."""
    numbers = _vocabulary()
    parts = [mark.encode() for mark in text]
    while len(parts) > 1:
        ranks = [numbers.get(one + other, _PIECES) for one, other in itertools.pairwise(parts)]
        at = ranks.index(min(ranks))
        if ranks[at] == _PIECES:
            break
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return [number for part in parts for number in ([numbers[part]] if part in numbers else _bytes(part))]


def _bytes(part: bytes) -> list[int]:
    return [_FIRST_BYTE + byte for byte in part]


@cache
def _vocabulary() -> dict[bytes, int]:
    """Pieces of text and their numbers. A character stands twice, as a byte and as a piece: the piece counts."""
    folder = _folder()
    assert folder is not None
    pieces = itertools.islice(_pieces((folder / "tokenizer.bin").read_bytes()), _PIECES)
    return {piece: number for number, piece in enumerate(pieces)}


def _pieces(data: bytes) -> Iterator[bytes]:
    """Each behind its length: seven bits a byte, the highest bit of the first tells that a second follows."""
    at = 0
    while at < len(data):
        length, at = data[at], at + 1
        if length >= 0x80:
            length, at = (length & 0x7F) | data[at] << 7, at + 1
        yield data[at : at + length]
        at += length
