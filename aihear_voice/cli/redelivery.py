"""Delivers entries of the history once more: by the assistant that runs, or here where none does."""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from .. import settings as settings_module
from ..acting import clipboard
from ..acting.dry import DryTypist
from ..control import DONE, LIVE, RETRY, send
from ..errors import AihearError
from ..types import Insertion

if TYPE_CHECKING:
    from ..keeping import Keeper
    from ..mind import Mind
    from ..ports import Recogniser
    from ..settings import Settings
    from ..transcripts.history import Entry, History
    from ..turn import Parts
    from ..types import Audio, Transcript

_LOOK_S = 0.1
_PATIENCE_S = 300.0  # the assistant may have to load its model, and others may be waiting


class Redelivery:
    """to_clipboard: instead of typing into the focused window, which is the terminal where this was asked for"""

    def __init__(self, arguments: argparse.Namespace, history: History, to_clipboard: bool) -> None:
        flags = [*arguments.set, *([f"recognition.model={arguments.model}"] if arguments.model else [])]
        self._settings = settings_module.load(flags)
        self._history = history
        self._here = to_clipboard or bool(arguments.model)
        self._to_clipboard = to_clipboard
        self._hands: _Hands | None = None

    def deliver(self, entry: Entry) -> Entry:
        """As it is afterwards. Raises AihearError where it cannot even be tried."""
        done = self._by_the_assistant(entry, LIVE if self._here else RETRY)
        if not done:
            if self._hands is None:
                self._hands = _Hands(self._settings, self._to_clipboard)
            self._hands.deliver(entry)
        return self._now(entry)

    def _by_the_assistant(self, entry: Entry, request: str) -> bool:
        """False where none runs, or where it was only asked whether it is at it, and is not."""
        try:
            answer = send(f"{request} {entry.id}")
        except AihearError:
            return False
        if request == LIVE and answer != LIVE:
            return False
        if answer not in (DONE, LIVE):
            raise AihearError(answer, "not_retried", f"aihear history show {entry.id}")
        deadline = time.monotonic() + _PATIENCE_S
        while self._now(entry).outcome == "pending":
            if time.monotonic() > deadline:
                raise AihearError(f"entry {entry.id} still waits", "not_yet", "aihear history list --waiting")
            time.sleep(_LOOK_S)
        return True

    def _now(self, entry: Entry) -> Entry:
        """One that said nothing, or is not kept once it is delivered, is gone by now."""
        return self._history.entry(entry.id) or replace(entry, outcome="delivered")

    def close(self) -> None:
        if self._hands is not None:
            self._hands.close()


class _Hands:
    """All that a turn needs, without ears."""

    def __init__(self, settings: Settings, to_clipboard: bool) -> None:
        from ..events import EventStream
        from ..keeping import Keeper
        from ..mind import build_mind
        from ..recognition.recogniser import WhisperRecogniser

        self._stream = EventStream()
        self._recogniser: Recogniser = WhisperRecogniser(settings.recognition)
        mind = build_mind(settings, self._stream.emit, dry_run=False, word_times=self._word_times)
        self._keeper: Keeper = Keeper(settings, _raise)
        self._stream.listen(self._keeper.hear)
        self._mind: Mind = replace(mind, services=replace(mind.services, typist=_Paper())) if to_clipboard else mind
        self._turn = 0

    def deliver(self, entry: Entry) -> None:
        from ..messages import StartTurn
        from ..turn import Turn
        from ..types import Utterance

        again = self._keeper.again(entry.id)
        self._turn += 1
        utterance = Utterance(self._turn, again.purpose, again.audio, "retry")
        start = StartTurn(utterance, guess=again.guess(self._turn), entry=entry.id)
        self._keeper.begin([start])
        Turn(self._parts(), self._turn, again.purpose, 0.0).hear(start)

    def _parts(self) -> Parts:
        from contextlib import nullcontext

        from ..turn import Parts

        return Parts(
            recogniser=self._recogniser,
            router=self._mind.router,
            plugins=self._mind.by_name,
            services=self._mind.services,
            verdict=self._mind.verdict,
            emit=self._stream.emit,
            current=lambda turn: True,
            audible=lambda turn: True,
            guess=lambda revision: None,
            began=lambda turn: None,  # whatever window was focused then, it is meant for the present one
            quiet=nullcontext,
        )

    def _word_times(self, audio: Audio) -> Transcript:
        return self._recogniser.transcribe(audio, "practise", words=True)

    def close(self) -> None:
        self._recogniser.close()
        self._mind.services.typist.close()
        self._keeper.stop()


class _Paper(DryTypist):
    """ports.Typist that writes onto the clipboard: what is typed piece after piece stands there together."""

    def type(self, text: str, since: float | None = None) -> Insertion:
        super().type(text)
        clipboard.put(self.before())
        return Insertion("clipboard", "")

    def press(self, chord: str, times: int = 1, since: float | None = None) -> str:
        raise AihearError("keys need a window, and this terminal is not meant", "no_window", "add --type")


def _raise(error: AihearError) -> None:
    raise error
