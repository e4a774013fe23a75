"""espeak-ng is told which syllable to stress."""

import itertools

import pytest

from aihear_voice.pronunciation.hearing.analysis import lay, listen
from aihear_voice.pronunciation.scoring.stress import Syllables, syllables
from aihear_voice.pronunciation.text.phones import pronunciations
from tests import rigs

VOICES = ("espeak:en-us+m7", "espeak:en-us+benjamin", "espeak:en-us+Hugo")
SPOKEN = {
    ("banana", 0): "[[b'an@n@]]",
    ("banana", 1): "[[b@n'an@]]",
    ("tomorrow", 0): "[[t'0m0roU]]",
    ("tomorrow", 1): "[[t@m'0roU]]",
    ("record", 0): "[[r'Ek@d]]",
    ("record", 1): "[[rI2k'o@d]]",
    ("computer", 0): "[[k'0mpju:t3]]",
    ("computer", 1): "[[k@mpj'u:t3]]",
}


def heard(word: str, spoken: str, voice: str) -> Syllables:
    phones = pronunciations(word)[0]
    analysis = lay(listen(rigs.join(0.3, rigs.speech(spoken, voice), 0.3)), [phones])
    assert analysis is not None
    found = syllables(analysis, 0, phones)
    assert found is not None
    return found


def test_the_stressed_syllable_is_heard() -> None:
    rigs.need("espeak-ng")
    found = [
        (place == each.heard, each.margin)
        for ((word, place), spoken), voice in itertools.product(SPOKEN.items(), VOICES)
        for each in [heard(word, spoken, voice)]
    ]
    assert sum(right for right, _ in found) >= 0.65 * len(found)
    clear = [right for right, margin in found if margin >= 0.5]
    assert sum(clear) >= 0.8 * len(clear)


@pytest.mark.parametrize(("word", "expected"), [("banana", 1), ("vegetable", 0), ("understand", 2)])
def test_what_the_dictionary_expects(word: str, expected: int) -> None:
    assert heard(word, word, "flite:slt").expected == expected


def test_one_syllable_has_no_stress_to_judge() -> None:
    analysis = lay(listen(rigs.speech("thought")), [pronunciations("thought")[0]])
    assert analysis is not None
    assert syllables(analysis, 0, pronunciations("thought")[0]) is None
