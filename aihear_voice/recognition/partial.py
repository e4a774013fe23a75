"""Text while somebody speaks: only what two decodes in a row agree on is committed, and it never changes.

LocalAgreement-2: Macháček, Dabre, Bojar, "Turning Whisper into Real-Time Transcription System" (2023).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
_UNIT = re.compile(rf"\s*(?:[{_CJK}]|[^\s{_CJK}]+)")
_MARKS = ".,;:!?…-–—\"'”’»)]。，；：！？、）」』"


@dataclass(frozen=True, slots=True)
class _Word:
    """text: as it was written, with the space before it and the marks behind it; key: what is compared"""

    text: str
    key: str

    @property
    def bare(self) -> str:
        return self.text.rstrip(_MARKS)


class Agreement:
    """The text of one utterance, as decodes of it come in.

    committed only ever grows at its end; tentative is the rest of the newest decode
    """

    def __init__(self) -> None:
        self.committed = ""
        self.tentative = ""
        self._kept: list[str] = []  # keys of the committed words of the present window
        self._marks = ""  # behind the last of them in the decode that committed it; still open
        self._last: list[_Word] = []

    def hear(self, text: str) -> None:
        """A decode of the present window, up to now."""
        words = _words(text)
        agreed = _common([word.key for word in words], [word.key for word in self._last])
        self._last = words
        self._commit(words, agreed)
        self.tentative = self._rest(words)

    def settle(self, text: str) -> None:
        """The window is over: all of its last decode counts, and a new window begins."""
        words = _words(text)
        self._commit(words, len(words))
        self.committed += self._marks
        self._kept, self._marks, self._last = [], "", []
        self.tentative = ""

    def _commit(self, words: Sequence[_Word], agreed: int) -> None:
        known = len(self._kept)
        if agreed <= known or not self._continues(words):
            return
        if known:
            # The mark behind the last committed word was left open until the next word was sure.
            self.committed += words[known - 1].text[len(words[known - 1].bare) :]
        new = words[known:agreed]
        first = new[0].text if self.committed and known else _apart(self.committed, new[0].text)
        pieces = [first, *(word.text for word in new[1:])]
        last = pieces[-1].rstrip(_MARKS)
        self._marks = pieces[-1][len(last) :]
        self.committed += "".join(pieces[:-1]) + last
        self._kept += [word.key for word in new]

    def _rest(self, words: Sequence[_Word]) -> str:
        known = len(self._kept)
        if len(words) <= known:
            return self._marks if len(words) == known else ""
        before = words[known - 1].text[len(words[known - 1].bare) :] if known else ""
        first = words[known].text if known else _apart(self.committed, words[known].text)
        return before + first + "".join(word.text for word in words[known + 1 :])

    def _continues(self, words: Sequence[_Word]) -> bool:
        return [word.key for word in words[: len(self._kept)]] == self._kept


def _words(text: str) -> list[_Word]:
    found: list[_Word] = []
    for unit in _UNIT.findall(text.strip()):
        key = "".join(c for c in unicodedata.normalize("NFKC", unit).casefold() if c.isalnum())
        if key or not found:
            found.append(_Word(unit, key))
        else:  # a mark that stands alone belongs to the word before it
            found[-1] = _Word(found[-1].text + unit, found[-1].key)
    return found


def _apart(before: str, text: str) -> str:
    """The first word of a window, with a space where the languages have one."""
    if not before or text[0].isspace() or re.match(f"[{_CJK}]", text):
        return text
    return f" {text}"


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count
