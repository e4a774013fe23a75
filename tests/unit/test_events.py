"""The event stream, which other programs read."""

import json
import threading
import types
import typing
from collections.abc import Mapping

import msgspec
import pytest

from aihear_voice import events
from aihear_voice.events import AnyEvent, Event, EventStream, SpeechStarted, WakeHeard

CLASSES = Event.__subclasses__()


def sample(kind: object) -> object:
    """A value of that type that is not its default."""
    if typing.get_origin(kind) is typing.Literal:
        return typing.get_args(kind)[-1]
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return sample(next(k for k in typing.get_args(kind) if k is not type(None)))
    if typing.get_origin(kind) is tuple:
        return (sample(typing.get_args(kind)[0]),) * 2
    if typing.get_origin(kind) is Mapping:
        return {"größe": 12, "name": "你好", "half": 0.5}
    return {str: 'a "quoted" läufer\n', int: 7, float: 0.25, bool: True}[kind]


def full(cls: type[Event]) -> Event:
    kinds = typing.get_type_hints(cls)
    return cls(**{field.name: sample(kinds[field.name]) for field in msgspec.structs.fields(cls)})


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_each_event_survives_json(cls):
    event = full(cls)
    line = events.to_json(event)
    assert events.from_json(line) == event
    assert "\n" not in line


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_each_event_is_one_flat_object_that_names_its_type_first(cls):
    fields = json.loads(events.to_json(full(cls)))
    assert next(iter(fields)) == "type"
    assert fields["type"] == cls.__name__
    assert {"seq", "turn", "at"} < set(fields)


def test_the_reader_knows_every_class():
    assert set(typing.get_args(AnyEvent)) == set(CLASSES)


def test_a_line_that_is_no_event_is_refused():
    for line in ('{"type": "Coffee"}', '{"type": "WakeHeard", "word": 3, "score": 1}', "hello"):
        with pytest.raises(msgspec.DecodeError):
            events.from_json(line)


def test_the_stream_numbers_events_and_keeps_their_order():
    stream, heard = EventStream(), []
    stream.listen(heard.append)
    stream.emit(SpeechStarted(at=1.23456))
    stream.emit(WakeHeard(word="hey jarvis", score=0.9, turn=3))
    assert [(e.seq, e.turn, e.at) for e in heard] == [(1, 0, 1.235), (2, 3, 0.0)]


def test_threads_get_distinct_numbers_in_order():
    stream, heard = EventStream(), []
    stream.listen(lambda event: heard.append(event.seq))
    threads = [
        threading.Thread(target=lambda: [stream.emit(SpeechStarted()) for _ in range(200)], daemon=True)
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == list(range(1, 801))


def test_a_listener_may_leave_and_may_emit():
    stream, heard = EventStream(), []

    def answer(event: Event) -> None:
        if isinstance(event, SpeechStarted):
            stream.emit(WakeHeard(word="echo", score=1.0))

    stream.listen(answer)
    leave = stream.listen(heard.append)
    stream.emit(SpeechStarted())
    leave()
    leave()
    stream.emit(SpeechStarted())
    assert sorted(e.seq for e in heard) == [1, 2]
