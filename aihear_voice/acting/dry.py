"""Parts for a dry run: they touch nothing, and say what they would have done."""

from __future__ import annotations

from collections.abc import Sequence

from ..ports import WindowAction
from ..types import Insertion
from .applications import find
from .keys import check
from .ledger import clean


class DryTypist:
    """ports.Typist without a keyboard."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def warm(self) -> None:
        """Nothing to start."""

    def type(self, text: str, since: float | None = None) -> Insertion:
        self._pieces.append(clean(text))
        return Insertion("dry_run", "")

    def target_at(self, moment: float) -> int:
        """Nothing is typed, so nothing goes astray."""
        return 0

    def press(self, chord: str, times: int = 1, since: float | None = None) -> str:
        """Raises SettingsError where there is no such key, as a real run would."""
        check(chord)
        return ""

    def scratch(self) -> str | None:
        return self._pieces.pop() if self._pieces else None

    def before(self) -> str:
        return "".join(self._pieces)

    def window(self, action: WindowAction, name: str = "") -> str | None:
        return name

    def scroll(self, steps: int) -> None:
        """Nothing moves."""

    def close(self) -> None:
        """Nothing is open."""


class DryPrograms:
    """ports.Programs that starts nothing."""

    def run(self, argv: Sequence[str]) -> None:
        """Nothing starts."""

    def call(self, argv: Sequence[str], timeout: float = 5.0) -> str:
        return ""

    def find(self, name: str) -> list[str] | None:
        """Looking changes nothing."""
        return find(name)
