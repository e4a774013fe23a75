"""The recogniser, loaded while it is needed: it is given back after a time without use, and comes back while the
person is still speaking.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator

from .errors import AihearError
from .ports import Recogniser
from .types import Audio, Purpose, Transcript

log = logging.getLogger(__name__)


class ResidentRecogniser:
    """Fulfils ports.Recogniser, from any thread. The one inside loads by itself when it is asked."""

    def __init__(self, recogniser: Recogniser, unload_after_s: float, clock: Callable[[], float]) -> None:
        """unload_after_s: seconds without use; 0 is never. clock: monotonic seconds."""
        self._recogniser = recogniser
        self._unload_after = unload_after_s
        self._clock = clock
        self._lock = threading.Lock()
        self._users = 0
        self._used_at = clock()
        self._loaded = False

    @property
    def name(self) -> str:
        return self._recogniser.name

    @property
    def loaded(self) -> bool:
        return self._loaded

    def warm(self) -> None:
        """Load, and run one real inference. Raises ModelError."""
        with self._use():
            self._recogniser.warm()

    def soon(self) -> None:
        """It will be needed in a moment: load it in the background, unless it is there. Returns at once."""
        with self._lock:
            self._used_at = self._clock()
            if self._loaded:
                return
            self._loaded = True  # nobody else needs to begin
            self._users += 1
        threading.Thread(target=self._load, name="aihear-load", daemon=True).start()

    def transcribe(self, audio: Audio, purpose: Purpose, words: bool = False) -> Transcript:
        """Raises ModelError."""
        with self._use():
            return self._recogniser.transcribe(audio, purpose, words)

    def rest(self, needed: bool) -> None:
        """To be called now and then: unloads what has not been used for so long.

        needed: somebody speaks, or a turn is under way
        """
        with self._lock:
            if needed or self._users:
                self._used_at = self._clock()
            elif self._loaded and self._unload_after and self._clock() - self._used_at >= self._unload_after:
                self._loaded = False
                self._recogniser.close()

    def close(self) -> None:
        """Ends what is under way."""
        self._recogniser.close()

    def _load(self) -> None:
        try:
            self._recogniser.warm()
        except AihearError as error:
            log.warning("%s", error.message)  # whoever needs it tries again, and tells
        finally:
            self._release()

    @contextlib.contextmanager
    def _use(self) -> Iterator[None]:
        """While it lasts, nothing is unloaded."""
        with self._lock:
            self._users += 1
            self._loaded = True
        try:
            yield
        finally:
            self._release()

    def _release(self) -> None:
        with self._lock:
            self._users -= 1
            self._used_at = self._clock()
