import pytest

from aihear_voice.pronunciation.text.ipa import sign, spelt
from aihear_voice.pronunciation.text.phones import CONSONANTS, VOWELS


@pytest.mark.parametrize(
    ("phones", "expected"),
    [
        ("W EH1 DH ER0", "ˈwɛðɚ"),
        ("T AH0 D EY1", "təˈdeɪ"),
        ("HH IH1 S T AH0 R IY0", "ˈhɪstəɹi"),
        ("AH0 B AW1 T", "əˈbaʊt"),
        ("K AH0 M P Y UW1 T ER0", "kəmˈpjutɚ"),
        ("IH0 K S T R IY1 M", "ɪkˈstɹim"),
        ("S IH1 NG IH0 NG", "ˈsɪŋɪŋ"),
        ("AH0 N D ER0 S T AE1 N D", "əndɚˈstænd"),
        ("IH2 N F ER0 M EY1 SH AH0 N", "ˌɪnfɚˈmeɪʃən"),
        ("K AE1 T", "kæt"),
        ("DH AH0", "ðə"),
        ("G UH D", "ɡʊd"),
    ],
)
def test_as_dictionaries_write_it(phones: str, expected: str) -> None:
    assert spelt(phones.split()) == expected


def test_the_stress_can_be_put_elsewhere() -> None:
    assert spelt(["W", "EH1", "DH", "ER0"], stressed=2) == "wɛˈðɚ"
    assert spelt(["K", "AE1", "T"], stressed=1) == "kæt"


def test_each_phone_has_a_sign_of_its_own() -> None:
    signs = {sign(phone) for phone in VOWELS | CONSONANTS}
    assert len(signs) == len(VOWELS | CONSONANTS)
    assert not any(each.isupper() for each in signs)


def test_signs_of_other_languages_stay() -> None:
    assert sign("ʁ") == "ʁ"
    assert spelt(["ʃ", "øː"]) == "ʃøː"
