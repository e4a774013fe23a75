"""The ring between two threads, and the memory for the pre-roll."""

import threading
import time

import numpy as np

from aihear_voice.audio.ring import Ring


def _numbers(first, last):
    return np.arange(first, last, dtype=np.float32)


def test_values_come_out_in_order_however_they_are_cut():
    ring, heard, rng, sent = Ring(100), [], np.random.default_rng(0), 0
    while sent < 5000:
        size = int(rng.integers(1, 60))
        ring.write(_numbers(sent, sent + size))
        sent += size
        if rng.random() < 0.9 or len(ring) + 60 > 100:
            heard.append(ring.read(1, 0))
    heard.append(_rest(ring))
    assert np.array_equal(np.concatenate(heard), _numbers(0, sent))
    assert ring.take_dropped() == 0


def _rest(ring):
    values = ring.read(1, 0)
    return np.zeros(0, np.float32) if values is None else values


def test_a_full_ring_loses_the_oldest_and_counts_them():
    ring = Ring(100)
    for first in range(0, 250, 25):
        ring.write(_numbers(first, first + 25))
    assert ring.take_dropped() == 150
    assert ring.take_dropped() == 0
    assert np.array_equal(ring.read(1, 0), _numbers(150, 250))


def test_a_block_larger_than_the_ring_keeps_its_end():
    ring = Ring(100)
    ring.write(_numbers(0, 30))
    ring.write(_numbers(30, 400))
    assert np.array_equal(ring.read(1, 0), _numbers(300, 400))
    assert ring.take_dropped() == 300


def test_a_reader_waits_for_as_much_as_it_asked_for():
    ring = Ring(100)

    def write():
        for first in range(0, 40, 10):
            time.sleep(0.02)
            ring.write(_numbers(first, first + 10))

    writer = threading.Thread(target=write)
    writer.start()
    assert np.array_equal(ring.read(40, 5.0), _numbers(0, 40))
    writer.join()


def test_a_reader_that_gets_too_little_leaves_it_there():
    ring = Ring(100)
    ring.write(_numbers(0, 10))
    assert ring.read(11, 0.01) is None
    assert np.array_equal(ring.read(10, 0), _numbers(0, 10))
