"""How written words sound, and how far apart, with the installed espeak-ng."""

import itertools

import pytest

from aihear_voice.pronunciation.text import sounds
from tests import rigs

NEAR = {
    "de": "Kirche/Kirsche Haus/aus Bett/Beet schon/schön Hüte/Hütte vier/für lieben/leben Miete/Mitte Tisch/dich",
    "es": "perro/pero casa/caza casa/cama peso/beso gato/pato hombre/hambre año/ano coche/noche calle/cale",
    "fr": "vin/vent dessus/dessous poisson/poison rue/roue pain/bain feu/fou bon/banc sur/sourd",
    "zh": "妈/马 你/李 是/四 上海/伤害 吃/七 女/努 三/山",
}
UNLIKE = {
    "de": "Küche Fenster öffnen bitte Musik lauter schließen Wetter morgen Berlin",
    "es": "ventana cocina música volumen tiempo buenos gracias abre prueba Madrid",
    "fr": "bonjour fenêtre café voiture train midi enfant rouge maison lundi",
    "zh": "开 灯 我 北 音 说 请 书 打 听",
}


@pytest.fixture(autouse=True)
def _voices() -> None:
    rigs.need("espeak-ng")


def of(text: str, language: str) -> sounds.Sounds:
    parts = list(text) if language == "zh" else [text]
    return tuple(sound for word in sounds.of(parts, language) for sound in word)


@pytest.mark.parametrize("language", NEAR)
def test_words_that_are_mixed_up_are_near_and_others_are_not(language: str) -> None:
    pairs = [[of(word, language) for word in pair.split("/")] for pair in NEAR[language].split()]
    assert all(0.5 < sounds.likeness(*pair) < 0.95 for pair in pairs)
    words = [of(word, language) for word in UNLIKE[language].split()]
    unlike = [sounds.likeness(one, other) for one, other in itertools.combinations(words, 2)]
    assert sum(value < 0.5 for value in unlike) >= 0.8 * len(unlike)


@pytest.mark.parametrize(
    ("language", "wanted", "heard", "difference"),
    [
        ("de", "Kirche", "Kirsche", [("ç", "ʃ")]),
        ("de", "Haus", "aus", [("h", "")]),
        ("es", "pero", "perro", [("ɾ", "r")]),
        ("es", "casa", "cama", [("s", "m")]),
        ("fr", "rue", "roue", [("y", "u")]),
        ("fr", "saint", "cinq", [("", "k")]),
        ("zh", "妈", "马", [("˥", "˨˩˦")]),
        ("zh", "知", "资", [("ʈ", "t"), ("ʂ", "s")]),
    ],
)
def test_the_sounds_that_differ(language: str, wanted: str, heard: str, difference: list[tuple[str, str]]) -> None:
    assert list(sounds.differences(of(wanted, language), of(heard, language))) == difference


@pytest.mark.parametrize(("language", "one", "other"), [
    ("de", "seit", "seid"), ("es", "vaca", "baca"), ("fr", "mère", "maire"), ("fr", "42", "quarante-deux"),
    ("zh", "他", "她"), ("zh", "绿", "律"),
])  # fmt: skip
def test_what_sounds_alike_is_alike(language: str, one: str, other: str) -> None:
    assert sounds.likeness(of(one, language), of(other, language)) == 1.0


def test_a_sound_is_the_nearer_the_more_it_shares() -> None:
    assert 0 == sounds.distance("s", "s") < sounds.distance("s", "z") < sounds.distance("s", "m") <= 1
    assert sounds.distance("s", "z") < sounds.distance("s", "a") == 1
    assert sounds.distance("i", "y") < sounds.distance("i", "a")


def test_a_character_is_read_as_its_neighbours_want() -> None:
    assert sounds.read(list("银行行长")) == ["yin2", "hang2", "hang2", "zhang3"]
    assert sounds.read(["你", "OK", "吗", "か"]) == ["ni3", "", "ma5", ""]


@pytest.mark.parametrize("text", ["!", "😀", "か", "", "   "])
@pytest.mark.parametrize("language", ["de", "fr", "zh"])
def test_what_is_no_word_has_no_sounds_or_some_but_breaks_nothing(text: str, language: str) -> None:
    assert all(sounds.likeness(of(text, language), other) <= 1 for other in ((), ("a",), of(text, language)))


def test_a_language_without_a_voice_here_is_not_known() -> None:
    assert [sounds.known(language) for language in ("de", "es", "fr", "zh", "tlh", "")] == [True] * 4 + [False] * 2
