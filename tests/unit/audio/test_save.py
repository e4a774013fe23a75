"""Sound on disk survives, is private, and does not fill the disk."""

import stat

import numpy as np
import pytest

from aihear_voice.audio.file import decode
from aihear_voice.audio.save import Spool, write_flac
from aihear_voice.errors import DeviceError
from aihear_voice.types import Audio
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


def spoken(spool, at, seconds=1.0, seed=0):
    take = spool.begin(at, "dictate", 0.0)
    take.write(noise(seconds, 0.1, seed))
    take.finish(Audio(noise(seconds, 0.1, seed)))
    return take.name


def test_what_is_being_spoken_can_be_read_at_any_moment(tmp_path):
    """As after a kill: nobody has closed the file."""
    sound = noise(2.0, 0.2)
    take = Spool(tmp_path / "spool").begin(1700000000.25, "dictate", 5.0)
    for start in range(0, len(sound), 512):
        take.write(sound[start : start + 512])
    (found,) = Spool(tmp_path / "spool").sounds()
    assert (found.name, found.at, found.purpose, found.seconds) == (take.name, 1700000000.25, "dictate", 2.0)
    heard = Spool(tmp_path / "spool").load(take.name).samples
    assert np.abs(heard - sound).max() <= 1 / 32768
    assert np.array_equal(decode(tmp_path / "spool" / take.name).samples, heard), "other programs can read it, too"
    assert _mode(tmp_path / "spool") == 0o700
    assert _mode(tmp_path / "spool" / take.name) == 0o600


@pytest.mark.parametrize("start", [5.0, 4.5])
def test_in_the_end_the_file_holds_just_the_utterance(tmp_path, start):
    """Less than was written: the wake phrase after it goes; more: what stood before it came to be known later."""
    spool = Spool(tmp_path)
    whole = noise(2.0, 0.2)
    take = spool.begin(1.0, "dictate", 5.0)
    take.write(whole)
    utterance = Audio(whole[:20_000] if start == 5.0 else noise(2.5, 0.1, 3), start)
    take.finish(utterance)
    assert np.abs(spool.load(take.name).samples - utterance.samples).max() <= 1 / 32768
    assert decode(spool.path(take.name)).duration == utterance.duration


def test_sounds_come_in_the_order_in_which_they_were_spoken(tmp_path):
    spool = Spool(tmp_path)
    names = [spoken(spool, at) for at in (12.0, 9.0, 10.0, 10.0)]
    assert len(set(names)) == 4, "two in the same moment are two"
    assert [sound.name for sound in spool.sounds()] == [names[1], names[2], names[3], names[0]]
    spool.remove([names[0], "1-dictate.wav"])
    assert [sound.name for sound in spool.sounds()] == [names[1], names[2], names[3]]
    (tmp_path / "notes.wav").write_bytes(b"")
    assert len(spool.sounds()) == 3


def test_what_was_nothing_is_gone(tmp_path):
    take = Spool(tmp_path).begin(1.0, "assist", 0.0)
    take.write(noise(0.5, 0.1))
    take.drop()
    assert list(tmp_path.iterdir()) == []


def test_a_sound_that_is_gone_is_one_line(tmp_path):
    with pytest.raises(DeviceError, match="is gone"):
        Spool(tmp_path).load("1-dictate.wav")


def test_no_room_is_one_line(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DeviceError) as told:
        Spool(tmp_path / "file").begin(1.0, "dictate", 0.0)
    assert told.value.code == "unwritable"
