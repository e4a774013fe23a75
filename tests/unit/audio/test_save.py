"""Sound on disk survives, is private, and does not fill the disk."""

import stat

import numpy as np
import pytest

from aihear_voice.audio.file import decode
from aihear_voice.audio.save import Spool, write_flac
from aihear_voice.errors import DeviceError
from aihear_voice.types import SAMPLE_RATE, Audio
from tests.rigs import noise


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_flac_is_read_back_to_the_bit(tmp_path):
    loud = np.concatenate([noise(2.3, 0.2), np.array([1.0, -1.0, 1.7, 0.0, 1 / 32768], np.float32)])
    write_flac(tmp_path / "a.flac", Audio(loud))
    expected = np.clip(np.rint(loud * 32768), -32768, 32767) / 32768
    heard = decode(tmp_path / "a.flac").samples
    assert np.array_equal(heard, expected.astype(np.float32))
    write_flac(tmp_path / "b.flac", Audio(heard))
    assert np.array_equal(decode(tmp_path / "b.flac").samples, heard)


def test_files_are_the_persons_own_and_leave_nothing_beside_them(tmp_path):
    write_flac(tmp_path / "new" / "a.flac", Audio(noise(0.1, 0.1)))
    assert _mode(tmp_path / "new") == 0o700
    assert _mode(tmp_path / "new" / "a.flac") == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.flac"]


def test_where_nothing_can_be_written_the_person_is_told(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DeviceError) as told:
        write_flac(tmp_path / "file" / "a.flac", Audio(noise(0.1, 0.1)))
    assert told.value.code == "unwritable"


def test_an_utterance_without_its_text_is_found_by_the_next_run_in_order(tmp_path):
    first = Spool(tmp_path / "spool")
    paths = [first.put(Audio(noise(0.1 * (n + 1), 0.1, seed=n))) for n in range(12)]
    first.done(paths[3])
    assert first.pending() == []  # its own are not left over: they are being worked on
    second = Spool(tmp_path / "spool")
    own = second.put(Audio(noise(0.1, 0.1)))
    assert second.pending() == [path for path in paths if path != paths[3]]
    assert own not in paths
    assert [round(decode(p).duration, 2) for p in second.pending()[:4]] == [0.1, 0.2, 0.3, 0.5]
    for path in second.pending():
        second.done(path)
    second.done(paths[0])  # twice does no harm
    assert second.pending() == []
    assert own.exists()


def test_half_written_files_of_a_crash_are_no_utterances(tmp_path):
    spool = Spool(tmp_path)
    spool.put(Audio(noise(0.1, 0.1)))
    (tmp_path / ".abc.part").write_bytes(b"fLaC")
    (tmp_path / "notes.flac").write_bytes(b"")
    assert len(Spool(tmp_path).pending()) == 1


def test_the_spool_is_bounded_and_keeps_the_newest(tmp_path, caplog):
    spool = Spool(tmp_path, limit=200_000)
    paths = [spool.put(Audio(noise(1.0, 0.2, seed=n))) for n in range(15)]
    kept = [path for path in paths if path.exists()]
    assert sum(path.stat().st_size for path in kept) <= 200_000
    assert kept == paths[-len(kept) :]
    assert 0 < len(kept) < len(paths)
    assert "deleted" in caplog.text


def test_one_utterance_larger_than_the_spool_is_kept(tmp_path):
    path = Spool(tmp_path, limit=1000).put(Audio(noise(1.0, 0.2)))
    assert decode(path).duration == pytest.approx(16_000 / SAMPLE_RATE)
