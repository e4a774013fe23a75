"""The acoustic model, read and used here, gives what PocketSphinx itself gives."""

import struct
from pathlib import Path

import numpy as np
import pytest

from aihear_voice.pronunciation.hearing import acoustic, cepstra
from tests import rigs


@pytest.fixture(scope="module")
def sphinx(tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(samples, cepstra, senone scores) by PocketSphinx's own decoder."""
    from pocketsphinx import Decoder, get_model_path

    folder = tmp_path_factory.mktemp("sphinx")
    samples = rigs.join(0.3, rigs.speech("The quick brown fox jumps over the lazy dog."), 0.3)
    model = Path(get_model_path()) / "en-us"
    decoder = Decoder(
        hmm=str(model / "en-us"), allphone=str(model / "en-us-phone.lm.bin"), lm=None, compallsen=True, topn=128,
        mfclogdir=str(folder), senlogdir=str(folder), logfn="/dev/null",
    )  # fmt: skip
    decoder.start_utt()
    decoder.process_raw((samples * 32768).astype(np.int16).tobytes(), full_utt=True)
    decoder.end_utt()
    del decoder  # writes its files
    (mfc,), (sen,) = folder.glob("*.mfc"), folder.glob("*.sen")
    return samples, np.fromfile(mfc, ">f4", offset=4).reshape(-1, 13), np.array(list(_scores(sen.read_bytes())))


def _scores(data: bytes):
    place = data.index(b"endhdr\n") + 7 + 4
    while place < len(data):
        (count,) = struct.unpack_from("<h", data, place)
        yield np.frombuffer(data, "<i2", count, place + 2)
        place += 2 + 2 * count


def test_cepstra(sphinx) -> None:
    samples, theirs, _ = sphinx
    ours = cepstra.cepstra(samples)
    frames = min(len(ours), len(theirs)) - 1
    assert frames > 200
    np.testing.assert_allclose(ours[:frames], theirs[:frames], atol=0.02)


def test_senones(sphinx) -> None:
    """PocketSphinx counts in coarse steps and cuts off what is unlikely, so that only the order can be compared."""
    samples, _, theirs = sphinx
    ours = acoustic.model().scores(cepstra.features(samples))
    frames = range(40, min(len(ours), len(theirs)) - 40)  # without the digital silence around
    alike = [np.corrcoef(ours[frame], -theirs[frame].astype(float))[0, 1] for frame in frames]
    assert np.median(alike) > 0.85
    assert np.quantile(alike, 0.1) > 0.6


def test_phones_in_context() -> None:
    model = acoustic.model()
    assert len(set(model.phones)) == 42
    alone = [model.senones("AE", acoustic.SILENCE, acoustic.SILENCE, "single")]
    assert model.senones("AE", "K", "T", "inside") not in alone
    assert all(len(model.senones(phone, "K", "T", "inside")) == acoustic.STATES for phone in model.phones)


def test_shortest_sound() -> None:
    assert cepstra.features(np.zeros(10, np.float32)).shape == (1, 39)
