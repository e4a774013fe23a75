"""Workers: real processes that hang, crash and are killed."""

import os
import threading
import time

import pytest

from aihear_voice.errors import AihearError, DeviceError
from aihear_voice.workers import Worker, WorkerDied

HANGS = 60.0


class Parrot:
    """What runs in the worker's process."""

    def __init__(self, word: str = "hello") -> None:
        self.word = word

    def say(self, times: int = 1) -> str:
        return " ".join([self.word] * times)

    def pid(self) -> int:
        return os.getpid()

    def hang(self) -> None:
        time.sleep(HANGS)

    def crash(self) -> None:
        os._exit(11)

    def no_device(self) -> None:
        raise DeviceError("no loudspeaker", "no_output", "plug one in")

    def surprise(self) -> None:
        raise ZeroDivisionError("by zero")


class Stillborn:
    def __init__(self) -> None:
        raise DeviceError("no display", "no_display", "log in")


@pytest.fixture
def worker():
    started = Worker("parrot", f"{__name__}:Parrot", {"word": "polly"}, timeout=20)
    yield started
    started.kill()


def test_a_worker_lives_elsewhere_and_keeps_its_object(worker):
    assert worker.call("say", 2) == "polly polly"
    assert worker.call("pid") == worker.call("pid") != os.getpid()


def test_a_hanging_call_is_killed_by_its_deadline_and_the_next_one_works(worker):
    first = worker.call("pid")
    start = time.monotonic()
    with pytest.raises(WorkerDied) as caught:
        worker.call("hang", timeout=0.5)
    assert time.monotonic() - start < HANGS / 2
    assert caught.value.code == "worker_timeout"
    assert not alive(first)
    assert worker.call("say") == "polly"


def test_a_crash_is_told_and_the_next_call_works(worker):
    with pytest.raises(WorkerDied) as caught:
        worker.call("crash")
    assert caught.value.code == "worker_died"
    assert worker.call("say") == "polly"


def test_our_errors_keep_their_class_code_and_hint(worker):
    with pytest.raises(DeviceError) as caught:
        worker.call("no_device")
    assert (caught.value.message, caught.value.code, caught.value.hint) == (
        "no loudspeaker", "no_output", "plug one in",
    )  # fmt: skip
    assert worker.call("say") == "polly"


def test_other_errors_come_as_one_line(worker):
    with pytest.raises(AihearError, match="ZeroDivisionError: by zero"):
        worker.call("surprise")
    assert worker.call("say") == "polly"


def test_an_object_that_cannot_be_made_says_why():
    worker = Worker("stillborn", f"{__name__}:Stillborn", {}, timeout=20)
    with pytest.raises(DeviceError, match="no display"):
        worker.call("anything")
    worker.kill()


def test_a_kill_from_another_thread_ends_the_call_under_way(worker):
    worker.call("say")
    failures = []

    def call():
        try:
            worker.call("hang")
        except WorkerDied as error:
            failures.append(error.code)

    caller = threading.Thread(target=call, daemon=True)
    caller.start()
    time.sleep(0.3)
    worker.kill()
    caller.join(5)
    assert failures == ["worker_died"]
    assert worker.call("say") == "polly"


def test_calls_from_many_threads_are_answered_one_by_one(worker):
    answers = []
    threads = [threading.Thread(target=lambda n=n: answers.append((n, worker.call("say", n)))) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == [(n, " ".join(["polly"] * n)) for n in range(1, 9)]


def test_killing_what_never_ran_is_harmless():
    Worker("idle", f"{__name__}:Parrot", {}).kill()


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_is_alive_from_the_first_call_on():
    worker = Worker("parrot", f"{__name__}:Parrot", {})
    assert not worker.alive
    worker.call("say")
    assert worker.alive
    worker.kill()
    assert not worker.alive
