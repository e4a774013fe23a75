"""Verdicts for transcripts as Whisper writes them, over real sound."""

import pytest

from aihear_voice.pronunciation.by_transcript import assess, given
from aihear_voice.pronunciation.results import Report
from aihear_voice.types import Audio, Transcript, Word
from tests import rigs

TEXT = "Turn on the kitchen lights."


def transcript(text: str, *unsure: str, reliable: bool = True, no_speech: float = 0.01, language: str = "en"):
    """Each word with probability .9; those in `unsure` with .2."""
    words = tuple(
        Word(f" {word}", index * 0.4, index * 0.4 + 0.35, 0.2 if word.strip(".,?!") in unsure else 0.9)
        for index, word in enumerate(text.split())
    )
    return Transcript(text, language, words, -0.2 if reliable else -1.6, no_speech, "test", 0.1, reliable)


@pytest.fixture(scope="module")
def sound() -> Audio:
    return Audio(rigs.join(0.2, rigs.speech(TEXT), 0.2))


def errors(report: Report) -> dict[str, str]:
    assert report.refused is None, report.refused
    return {word.text: word.error for word in report.words if word.error != "none"}


def test_said(sound: Audio) -> None:
    report = assess(TEXT, transcript("Turn on the kitchen lights."), sound)
    assert errors(report) == {}
    assert [word.text for word in report.words] == ["Turn", "on", "the", "kitchen", "lights"]
    assert (report.completeness, report.accuracy, report.prosody) == (100.0, 90.0, None)
    assert report.fluency is not None
    assert 0 < report.fluency <= 100
    assert report.total is not None
    assert report.words[3].start == pytest.approx(1.2)


def test_left_out(sound: Audio) -> None:
    report = assess(TEXT, transcript("Turn on the lights."), sound)
    assert errors(report) == {"kitchen": "omission"}
    assert report.completeness == 80.0
    assert report.words[3].accuracy is None


def test_only_half_said_is_no_other_text(sound: Audio) -> None:
    report = assess(TEXT, transcript("Turn on"), sound)
    assert errors(report) == {"the": "omission", "kitchen": "omission", "lights": "omission"}


def test_added(sound: Audio) -> None:
    report = assess(TEXT, transcript("Turn on the old kitchen lights now."), sound)
    assert errors(report) == {}
    assert [word.text for word in report.insertions] == ["old", "now"]


def test_an_unsure_addition_is_not_held_against_anyone(sound: Audio) -> None:
    assert assess(TEXT, transcript("Turn on the old kitchen lights.", "old"), sound).insertions == ()


def test_unclear(sound: Audio) -> None:
    report = assess(TEXT, transcript("Turn on the kitchen lights.", "kitchen"), sound)
    assert errors(report) == {"kitchen": "mispronunciation"}
    assert report.words[3].accuracy == 20.0
    assert report.completeness == 100.0


def test_near_word(sound: Audio) -> None:
    report = assess("I think so", transcript("I sink so"), sound)
    assert errors(report) == {"think": "mispronunciation"}
    assert report.words[1].heard == "sink"
    assert report.words[1].accuracy == pytest.approx(54.0)


def test_word_that_sounds_alike_is_right(sound: Audio) -> None:
    assert errors(assess("The weather is fair", transcript("The whether is fare"), sound)) == {}


def test_another_word_in_its_place(sound: Audio) -> None:
    """Certain: left out, and another said. Unsure: only a doubt, since the recogniser may have guessed."""
    report = assess(TEXT, transcript("Turn on the garage lights."), sound)
    assert errors(report) == {"kitchen": "omission"}
    assert [word.text for word in report.insertions] == ["garage"]
    doubt = assess(TEXT, transcript("Turn on the garage lights.", "garage"), sound)
    assert errors(doubt) == {"kitchen": "mispronunciation"}
    assert doubt.words[3].accuracy is None
    assert doubt.insertions == ()


def test_a_gap_between_unsure_words_is_a_doubt(sound: Audio) -> None:
    report = assess(TEXT, transcript("Turn on the lights.", "lights"), sound)
    assert errors(report)["kitchen"] == "mispronunciation"


def test_numbers_short_forms_and_cut_words(sound: Audio) -> None:
    report = assess("It's twenty-five past ten o'clock", transcript("It is 25 past 10 o 'clock"), sound)
    assert errors(report) == {}
    assert len(report.words) == 5


def test_chinese_by_character() -> None:
    sound = Audio(rigs.speech("wo3 zhu4 bei3 jing1", "espeak:cmn-latn-pinyin"))
    heard = Transcript(
        "我住北京。", "zh", (Word("我住", 0, 0.5, 0.9), Word("北京。", 0.5, 1, 0.9)), -0.2, 0.01, "test", 0
    )
    report = assess("我住在北京。", heard, sound)
    assert [word.text for word in report.words] == ["我", "住", "在", "北", "京"]
    assert errors(report) == {"在": "omission"}
    assert report.words[4].start == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("heard", "why"),
    [
        (transcript("What time is it?"), "different"),
        (transcript("What time is it?", "What", "time", "is", "it"), "unreliable"),
        (transcript("Turn on the kitchen lights.", reliable=False), "unreliable"),
        (transcript("Turn on the kitchen lights.", "Turn", "the", "kitchen"), "unreliable"),
        (transcript("", no_speech=0.9), "no_speech"),
        (transcript("Turn on the kitchen lights.", "Turn", "on", "the", "kitchen", no_speech=0.9), "no_speech"),
    ],
)
def test_refused(heard: Transcript, why: str, sound: Audio) -> None:
    report = assess(TEXT, heard, sound)
    assert report.why == why
    assert report.refused
    assert (report.accuracy, report.fluency, report.completeness, report.total) == (None, None, None, None)
    assert report.words == report.insertions == ()


def test_noise_is_refused_whatever_was_written() -> None:
    assert assess(TEXT, transcript(TEXT, no_speech=0.9), Audio(rigs.noise(2, rms=0.05))).why == "noise"


def test_slow_and_halting_is_less_fluent(sound: Audio) -> None:
    words = TEXT.split()
    halting = rigs.join(*(part for word in words for part in (rigs.speech(word), 0.6)))
    slow = assess(TEXT, transcript(TEXT), Audio(halting)).fluency
    quick = assess(TEXT, transcript(TEXT), sound).fluency
    assert slow is not None
    assert quick is not None
    assert slow < quick - 20


# -- languages whose sounds are known ------------------------------------------------------------------------

SAID = {
    "de": ("Meine Schwester wohnt in einem kleinen Haus.", "espeak:de+f3"),
    "es": ("Quiero tomar un café con leche.", "espeak:es"),
    "fr": ("Le train pour Paris part à neuf heures.", "espeak:fr-fr"),
    "zh": ("请问火车站在哪里", "espeak:cmn-latn-pinyin"),
}
PINYIN = "qing3 wen4 huo3 che1 zhan4 zai4 na2 li3"


def recording(language: str, text: str = "") -> Audio:
    said, voice = SAID[language]
    return Audio(rigs.join(0.2, rigs.speech(PINYIN if language == "zh" else text or said, voice), 0.2))


@pytest.mark.parametrize("language", SAID)
def test_a_recording_with_its_transcript(language: str) -> None:
    text = SAID[language][0]
    audio = recording(language)
    report = assess(text, given(text, language), audio, language)
    assert errors(report) == {}
    assert (report.method, report.accuracy, report.completeness, report.prosody) == ("words", 100.0, 100.0, None)
    times = [time for word in report.words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert 0.1 < times[0] < times[-1] < audio.duration


@pytest.mark.parametrize("language", SAID)
def test_a_transcript_of_another_recording_is_refused(language: str) -> None:
    """Also of one that was cut: whoever wrote it, the text is not there."""
    text = SAID[language][0]
    other = next(each for each in SAID if each != language)
    assert assess(text, given(text, language), recording(other), language).why in ("unlike", "too_short")
    whole = recording(language).samples
    cut = Audio(whole[: len(whole) * 2 // 5])
    assert assess(text, given(text, language), cut, language).why in ("unlike", "too_short")


@pytest.mark.parametrize(
    ("language", "heard", "word", "instead"),
    [
        ("de", "Meine Schwester wohnt in einem kleinen Hass.", "Haus", "Hass"),
        ("es", "Quiero tomar un café con noche.", "leche", "noche"),
        ("fr", "Le train pour Paris part à neuf sœurs.", "heures", "sœurs"),
    ],
)
def test_a_similar_word_has_part_of_the_credit_and_its_sounds_are_named(
    language: str, heard: str, word: str, instead: str
) -> None:
    text = SAID[language][0]
    report = assess(text, given(heard, language), recording(language, heard), language)
    assert errors(report) == {word: "mispronunciation"}
    found = next(each for each in report.words if each.text == word)
    assert found.accuracy is not None
    assert 50 < found.accuracy < 95
    assert (found.heard, bool(found.differences)) == (instead, True)


def test_what_is_spelt_otherwise_and_sounds_alike_is_right() -> None:
    text = "Le train pour Paris part à neuf heures."
    alike = "Le train pour Paris pare à neuf heure."
    report = assess(text, given(alike, "fr"), recording("fr"), "fr")
    assert errors(report) == {}


@pytest.mark.parametrize(("language", "said", "written"), [
    ("fr", "J'ai quarante-deux livres.", "J'ai 42 livres."),
    ("de", "Ich habe 42 Bücher.", "Ich habe zweiundvierzig Bücher."),
])  # fmt: skip
def test_figures_are_words(language: str, said: str, written: str) -> None:
    report = assess(written, given(said, language), recording(language, said), language)
    assert errors(report) == {}


def test_a_given_transcript_does_not_make_speech_of_noise() -> None:
    text = SAID["fr"][0]
    assert assess(text, given(text, "fr"), Audio(rigs.noise(3, rms=0.05)), "fr").why == "noise"
    assert assess(text, given("", "fr"), recording("fr"), "fr").why == "no_speech"
