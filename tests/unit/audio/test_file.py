"""Recordings of all kinds, whole and broken, and the file in the microphone's place."""

import os
import threading

import av
import numpy as np
import pytest

from aihear_voice.audio.file import FileMicrophone, decode, decode_blocks
from aihear_voice.errors import DeviceError
from aihear_voice.types import FRAME_SAMPLES, SAMPLE_RATE
from tests.rigs import noise, resample, write_wav


@pytest.fixture(scope="module")
def sound():
    """Three seconds with a beginning, a middle and an end that can be told apart."""
    rising = np.linspace(0.1, 1.0, 3 * SAMPLE_RATE, dtype=np.float32)
    return resample(resample(noise(3.0, 0.1), SAMPLE_RATE, 8000), 8000, SAMPLE_RATE)[: len(rising)] * rising


def _encode(path, samples, codec, rate=SAMPLE_RATE, layout="mono"):
    values = resample(samples, SAMPLE_RATE, rate)
    table = np.repeat(values[np.newaxis], 2 if layout == "stereo" else 1, axis=0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(table), "fltp", layout)
        frame.sample_rate, frame.pts = rate, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec", "rate", "layout"),
    [
        ("a.wav", "pcm_s16le", 44_100, "stereo"),
        ("a.wav", "pcm_f32le", 48_000, "mono"),
        ("a.wav", "pcm_s16le", 8_000, "mono"),
        ("a.flac", "flac", 48_000, "stereo"),
        ("a.mp3", "libmp3lame", 44_100, "stereo"),
        ("a.ogg", "libopus", 48_000, "mono"),
        ("a.m4a", "aac", 44_100, "stereo"),
        ("two: words.mkv", "aac", 48_000, "mono"),
    ],
)
def test_every_usual_format_decodes_in_time_and_level(tmp_path, sound, name, codec, rate, layout):
    heard = decode(_encode(tmp_path / name, sound, codec, rate, layout)).samples
    assert heard.dtype == np.float32
    assert len(heard) == pytest.approx(len(sound), abs=0.1 * SAMPLE_RATE)
    piece = sound[20_000:36_000]
    lag = int(np.argmax(np.correlate(heard[18_000:38_000], piece, "valid"))) - 2000
    assert abs(lag) <= 0.02 * SAMPLE_RATE
    found = heard[20_000 + lag : 36_000 + lag]
    assert np.corrcoef(found, piece)[0, 1] > 0.97
    assert 0.8 < np.std(found) / np.std(piece) < 1.2


def test_a_16_khz_wav_comes_through_unchanged(tmp_path, sound):
    path = write_wav(tmp_path / "a.wav", sound)
    expected = (np.clip(sound, -1, 1) * 32767).astype("<i2") / 32768
    assert np.array_equal(decode(path).samples, expected.astype(np.float32))


def test_pieces_are_the_whole(tmp_path, sound):
    path = write_wav(tmp_path / "a.wav", sound)
    pieces = list(decode_blocks(path, 0.7))
    assert [round(piece.start, 3) for piece in pieces] == [0.0, 0.7, 1.4, 2.1, 2.8]
    assert np.array_equal(np.concatenate([piece.samples for piece in pieces]), decode(path).samples)


def _broken(folder, sound, kind):
    path = folder / f"{kind}.wav"
    if kind == "missing":
        return path
    if kind == "folder":
        path.mkdir()
        return path
    whole = write_wav(path, sound).read_bytes()
    flac = _encode(folder / "whole.m4a", sound, "aac").read_bytes()
    contents = {
        "empty": b"",
        "text": b"This is no recording.\n" * 50,
        "header": whole[:44],
        "torn": whole[:20],
        "half": flac[: len(flac) // 2],
        "noise": np.random.default_rng(0).bytes(5000),
        "playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
    }
    path.write_bytes(contents[kind])
    return path


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("missing", "no_such_file"),
        ("folder", "not_audio"),
        ("empty", "empty_file"),
        ("text", "not_audio"),
        ("header", "not_audio"),
        ("torn", "not_audio"),
        ("half", "not_audio"),
        ("noise", "not_audio"),
        ("playlist", "not_audio"),
    ],
)
def test_what_cannot_be_decoded_is_said_in_one_line(tmp_path, sound, kind, code):
    path = _broken(tmp_path, sound, kind)
    with pytest.raises(DeviceError) as told:
        decode(path)
    assert told.value.code == code
    assert path.name in told.value.message
    assert "\n" not in told.value.message
    assert told.value.hint
    with pytest.raises(DeviceError) as told_again:
        FileMicrophone(path).open()
    assert told_again.value.code == code


def test_a_video_without_sound_is_no_recording(tmp_path):
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")))
        container.mux(stream.encode(None))
    with pytest.raises(DeviceError, match="no sound"):
        decode(tmp_path / "a.mp4")


def test_of_a_torn_recording_the_part_that_is_there_is_heard(tmp_path, sound):
    whole = write_wav(tmp_path / "a.wav", sound)
    expected = decode(whole).samples
    whole.write_bytes(whole.read_bytes()[: 44 + SAMPLE_RATE * 2])
    assert np.array_equal(decode(whole).samples, expected[:SAMPLE_RATE])


def test_a_pipe_can_be_decoded(tmp_path, sound):
    content = write_wav(tmp_path / "a.wav", sound).read_bytes()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    assert decode(pipe).duration == pytest.approx(3.0)
    writer.join()


def _read_all(microphone):
    frames = []
    while not microphone.ended():
        frame = microphone.read(0.0)
        assert frame is not None
        frames.append(frame)
    assert microphone.read(0.0) is None
    return frames


@pytest.mark.parametrize("as_file", [True, False])
def test_a_file_microphone_gives_frames_and_pads_the_last(tmp_path, sound, as_file):
    samples = decode(write_wav(tmp_path / "a.wav", sound)).samples
    microphone = FileMicrophone(tmp_path / "a.wav" if as_file else samples)
    microphone.open()
    frames = _read_all(microphone)
    assert all(len(frame.samples) == FRAME_SAMPLES for frame in frames)
    assert all(frame.start == number * FRAME_SAMPLES / SAMPLE_RATE for number, frame in enumerate(frames))
    joined = np.concatenate([frame.samples for frame in frames])
    assert np.array_equal(joined[: len(samples)], samples)
    assert len(joined) - len(samples) < FRAME_SAMPLES
    assert not joined[len(samples) :].any()


def test_closed_and_opened_again_a_file_goes_on_where_it_was(tmp_path, sound):
    path = write_wav(tmp_path / "a.wav", sound)
    microphone = FileMicrophone(path)
    microphone.open()
    frames = [microphone.read(0.0) for _ in range(20)]
    microphone.close()
    assert microphone.read(0.0) is None
    microphone.open()
    frames += _read_all(microphone)
    assert np.array_equal(np.concatenate([f.samples for f in frames])[: len(sound)], decode(path).samples)


def test_in_real_time_no_frame_comes_before_it_was_spoken():
    now = 100.0

    def sleep(seconds):
        nonlocal now
        now += seconds

    microphone = FileMicrophone(np.ones(SAMPLE_RATE, np.float32), realtime=True, clock=lambda: now, sleep=sleep)
    microphone.open()
    while not microphone.ended():
        frame = microphone.read(0.01)
        if frame is not None:
            assert now - 100.0 == pytest.approx(frame.end)
    assert now == pytest.approx(101.024)


def test_a_long_recording_does_not_fill_the_memory(tmp_path):
    import tracemalloc

    path = write_wav(tmp_path / "long.wav", noise(300.0, 0.1))
    microphone = FileMicrophone(path)
    tracemalloc.start()
    microphone.open()
    _count = 0
    while not microphone.ended():
        _count += microphone.read(0.0) is not None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert _count * FRAME_SAMPLES / SAMPLE_RATE == pytest.approx(300.0, abs=0.04)
    assert peak < 2_000_000  # the whole is 19 MB
