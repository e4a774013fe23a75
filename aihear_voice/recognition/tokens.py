"""Whisper's tokens without torch: numbers to text and back, and where words begin.

The ranks of the byte pairs come from the installed openai-whisper's own files; the special tokens follow them
in the order that whisper/tokenizer.py gives them.
"""

from __future__ import annotations

import base64
import functools
import string
from collections.abc import Sequence
from dataclasses import dataclass

from .assets import language_codes, package

_WITHOUT_SPACES = ("zh", "ja", "th", "lo", "my", "yue")  # each character is a word
_BROKEN = "\ufffd"  # what a part of a character decodes to
_PATTERN = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
_STAMPS = 1501  # of 20 ms, 0 to 30 s


@dataclass(frozen=True, eq=False)
class Tokens:
    """Of one kind of model. pieces: the bytes of each text token; languages: codes in the order of their tokens."""

    pieces: tuple[bytes, ...]
    languages: tuple[str, ...]
    multilingual: bool

    @property
    def eot(self) -> int:
        """End of text: the first that is no text."""
        return len(self.pieces)

    @property
    def sot(self) -> int:
        return self.eot + 1

    def language(self, code: str) -> int:
        return self.sot + 1 + self.languages.index(code)

    @property
    def _after_languages(self) -> int:
        return self.sot + 1 + len(self.languages)

    @property
    def sot_prev(self) -> int:
        return self._after_languages + 3

    @property
    def no_speech(self) -> int:
        return self._after_languages + 4

    @property
    def no_timestamps(self) -> int:
        return self._after_languages + 5

    @property
    def timestamp_begin(self) -> int:
        return self._after_languages + 6

    def start(self, language: str, task: str) -> list[int]:
        """The sequence before text. task: transcribe or translate."""
        if not self.multilingual:
            return [self.sot]
        return [self.sot, self.language(language), self._after_languages + (task == "transcribe")]

    def specials(self) -> list[str]:
        """Names of all special tokens, from eot on."""
        names = ["endoftext", "startoftranscript", *self.languages, "translate", "transcribe"]
        names += ["startoflm", "startofprev", "nospeech", "notimestamps"]
        return [f"<|{name}|>" for name in names] + [f"<|{step * 0.02:.2f}|>" for step in range(_STAMPS)]

    def decode(self, tokens: Sequence[int]) -> str:
        """Special tokens are left out."""
        return b"".join(self.pieces[token] for token in tokens if token < self.eot).decode("utf-8", "replace")

    def encode(self, text: str) -> list[int]:
        import tiktoken

        ranks = {piece: rank for rank, piece in enumerate(self.pieces)}
        coder = tiktoken.Encoding("whisper", pat_str=_PATTERN, mergeable_ranks=ranks, special_tokens={})
        return list(coder.encode(text))

    def words(self, tokens: Sequence[int], language: str) -> list[list[int]]:
        """Text tokens, word by word; a word begins with a space, punctuation stands alone."""
        words: list[list[int]] = []
        for character in self._characters(tokens):
            text = self.decode(character)
            alone = language in _WITHOUT_SPACES or text.startswith(" ") or text.strip() in string.punctuation
            if alone or not words:
                words.append(character)
            else:
                words[-1] += character
        return words

    def _characters(self, tokens: Sequence[int]) -> list[list[int]]:
        """Tokens in groups that decode to whole characters; Chinese ones often take two or three."""
        groups: list[list[int]] = []
        open_group: list[int] = []
        for token in tokens:
            open_group.append(token)
            if not self.decode(open_group).endswith(_BROKEN):
                groups.append(open_group)
                open_group = []
        return [*groups, open_group] if open_group else groups


def for_vocabulary(size: int) -> Tokens:
    """size: n_vocab of a checkpoint; it tells the kind of model and how many languages it knows."""
    multilingual = size >= 51865
    languages = size - 51765 - int(multilingual)
    return Tokens(_pieces("multilingual" if multilingual else "gpt2"), language_codes()[:languages], multilingual)


@functools.cache
def _pieces(name: str) -> tuple[bytes, ...]:
    lines = (package() / "assets" / f"{name}.tiktoken").read_bytes().splitlines()
    ranked = sorted((int(rank), piece) for piece, rank in (line.split() for line in lines if line))
    return tuple(base64.b64decode(piece) for _, piece in ranked)
