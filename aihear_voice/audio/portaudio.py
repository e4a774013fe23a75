"""The one owner of PyAudio in this process.

PortAudio counts devices once, when it is initialised, so new ones are found by initialising anew; it is not safe to
use from two threads, and it may hang for ever with a sound server: so one thread of ours does all that is done to it.
"""

from __future__ import annotations

import atexit
import contextlib
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from ..errors import DeviceError
from .hush import Hush

T = TypeVar("T")

PATIENCE_S = 5.0  # how long PortAudio may take for anything
_STILL_STUCK_S = 0.5  # how long while an earlier call hangs


class PortAudio:
    """Runs work on PyAudio one at a time; `instance`, `open` and `drop` are for that work only.

    No caller waits longer than PATIENCE_S.
    """

    def __init__(self) -> None:
        self._hush = Hush()
        self._pyaudio: Any = None
        self._streams: set[Any] = set()
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._hand: threading.Thread | None = None
        self._late: Future[Any] | None = None  # the call that did not return in time

    def __call__(self) -> Lent:
        """PyAudio for those who play: what they do with it is done by our thread too."""
        return Lent(self)

    def within(self, work: Callable[[], T], late: Callable[[T], object] | None = None, give_up: bool = True) -> T:
        """What `work` returns or raises; DeviceError where it does not return in time.

        late: work on a result that comes too late; give_up: do not even begin too late
        """
        future = self._hand_over(work)
        try:
            return future.result(PATIENCE_S if self._late is None or self._late.done() else _STILL_STUCK_S)
        except TimeoutError:
            if not (give_up and future.cancel()):
                self._late = future
                self._hush.end()
                if late is not None:
                    future.add_done_callback(lambda done: self._clear_up(done, late))
            raise DeviceError(
                "the sound system does not answer", "device_stuck", "restart the sound server, or unplug the device"
            ) from None

    def _clear_up(self, done: Future[T], late: Callable[[T], object]) -> None:
        if done.exception() is None:
            self._hand_over(lambda: late(done.result()))

    def close(self, stream: Any) -> None:
        """Harmless where the device has gone; one that hangs is left behind."""
        with contextlib.suppress(DeviceError, OSError):
            self.within(lambda: self.drop(stream), give_up=False)

    def open(self, **arguments: Any) -> Any:
        """PyAudio's stream, running. Raises OSError."""
        stream = self.instance().open(start=False, **arguments)
        self._streams.add(stream)
        try:
            stream.start_stream()
        except OSError:
            self.drop(stream)  # left to itself it would be closed some time, by any thread
            raise
        return stream

    def drop(self, stream: Any) -> None:
        self._streams.discard(stream)
        stream.close()

    def instance(self, fresh: bool = False) -> Any:
        """PyAudio's object. fresh: initialised anew to find new devices, unless a stream is open: it would end."""
        import pyaudio

        if fresh and self._pyaudio is not None and not self._streams:
            self._pyaudio.terminate()
            self._pyaudio = None
        if self._pyaudio is None:
            self._pyaudio = pyaudio.PyAudio()
            atexit.unregister(self._end)
            atexit.register(self._end)
        return self._pyaudio

    def _hand_over(self, work: Callable[[], T]) -> Future[T]:
        with self._starting:
            if self._hand is None:
                self._hand = threading.Thread(target=self._serve, name="portaudio", daemon=True)
                self._hand.start()
        future: Future[T] = Future()
        self._work.put((work, future))
        return future

    def _serve(self) -> None:
        while True:
            self._do(*self._work.get())

    def _do(self, work: Callable[[], Any], future: Future[Any]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            with self._hush:
                result = work()
        except BaseException as error:  # the boundary of the thread: all goes to the caller
            future.set_exception(error)
        else:
            future.set_result(result)

    def _end(self) -> None:
        """A callback must not meet an interpreter that is being taken down."""
        with contextlib.suppress(DeviceError):
            self.within(self._pyaudio.terminate)


class Lent:
    """The part of PyAudio's interface that a player needs; as there, OSError where a device refuses."""

    def __init__(self, owner: PortAudio) -> None:
        self._owner = owner

    def get_device_count(self) -> int:
        return int(self._ask("get_device_count"))

    def get_device_info_by_index(self, index: int) -> dict[str, Any]:
        return dict(self._ask("get_device_info_by_index", index))

    def get_default_output_device_info(self) -> dict[str, Any]:
        return dict(self._ask("get_default_output_device_info"))

    def open(self, **arguments: Any) -> LentStream:
        stream = self._owner.within(lambda: self._owner.open(**arguments), late=self._owner.drop)
        return LentStream(self._owner, stream)

    def _ask(self, name: str, *arguments: Any) -> Any:
        return self._owner.within(lambda: getattr(self._owner.instance(), name)(*arguments))


class LentStream:
    """A stream that our thread closes."""

    def __init__(self, owner: PortAudio, stream: Any) -> None:
        self._owner = owner
        self._stream = stream

    def is_active(self) -> bool:
        return bool(self._stream.is_active())

    def close(self) -> None:
        self._owner.close(self._stream)


portaudio = PortAudio()
