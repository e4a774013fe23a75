"""Parts for a dry run: they touch nothing, and say what they would have done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..ports import WindowAction
from ..types import Insertion
from .applications import find, names
from .editing import EditingTypist
from .keys import check
from .ledger import Target, clean

_NOWHERE = Target()


class DryTypist(EditingTypist):
    """ports.Typist without a keyboard: one window, in which everything stands that was typed."""

    def warm(self) -> None:
        """Nothing to start."""

    def soon(self) -> None:
        """The same."""

    def type(self, text: str, since: float | None = None) -> Insertion:
        self._put(clean(text), _NOWHERE)
        return Insertion("dry_run", "")

    def target_at(self, moment: float) -> int:
        """Nothing is typed, so nothing goes astray."""
        return 0

    def read_selected(self, since: float | None = None) -> str | None:
        """What `select` has selected; nobody else selects anything."""
        return self.ledger.selected

    def press(self, chord: str, times: int = 1, since: float | None = None) -> str:
        """Raises SettingsError where there is no such key, as a real run would."""
        check(chord)
        self.ledger.pressed(chord, times, _NOWHERE)
        return ""

    def window(self, action: WindowAction, name: str = "", since: float | None = None) -> str | None:
        return name

    def workspace(self, where: str, carry: bool = False, since: float | None = None) -> bool:
        return True

    def scroll(self, steps: int) -> None:
        """Nothing moves."""

    def close(self) -> None:
        """Nothing is open."""

    def _window_at(self, since: float | None) -> int:
        return 0

    def _look(self) -> Target:
        return _NOWHERE

    def _put(self, text: str, target: Target) -> None:
        if text:
            self.ledger.add(text, "dry_run", target)

    def _take(self, text: str, target: Target) -> bool:
        return self.ledger.untouched

    def _take_selected(self, text: str, target: Target) -> bool:
        return self.ledger.untouched

    def _select(self, text: str, target: Target) -> bool:
        return self.ledger.untouched

    def _unselect(self, text: str, target: Target) -> None:
        """Nothing is selected."""

    def _stands(self, text: str, target: Target) -> bool:
        return self.ledger.untouched

    def _around(self, target: Target) -> str | None:
        return None


class DryPrograms:
    """ports.Programs that starts nothing."""

    def run(self, argv: Sequence[str]) -> None:
        """Nothing starts."""

    def call(self, argv: Sequence[str], timeout: float = 5.0) -> str:
        return ""

    def find(self, name: str) -> list[str] | None:
        """Looking changes nothing."""
        return find(name)

    def names(self) -> Mapping[str, str]:
        """The same."""
        return names()
