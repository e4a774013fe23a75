"""What an attempt was like beside the one before, and what is practised next."""

from dataclasses import replace

import pytest

from aihear_voice.pronunciation.coaching import practice
from aihear_voice.pronunciation.coaching.contrast import Told, pair_of
from aihear_voice.pronunciation.coaching.practice import Before, Drill, judge
from aihear_voice.pronunciation.coaching.progress import SoundHistory, TextHistory
from aihear_voice.pronunciation.results import PhoneScore, Report, Step, WordScore

NOW = 1_900_000_000.0


def report(total: float = 85.0, step: Step | None = None, **sounds: float | tuple[float, str]) -> Report:
    """Of "weather", with these scores of its sounds; (score, what was heard instead)."""
    scores = {"W": 95.0, "EH1": 95.0, "DH": 95.0, "ER0": 95.0} | sounds
    phones = []
    for name, score in scores.items():
        accuracy, heard = score if isinstance(score, tuple) else (score, name.rstrip("012"))
        phones.append(PhoneScore(name, accuracy, heard, 0.0, 0.1))
    word = WordScore("weather", total, "none", 0.0, 1.0, phones=tuple(phones))
    steps = {"total": step or Step("well")}
    return Report("weather", "", total, 80.0, 100.0, 80.0, total, (word,), (), steps, "phones")


def history(phone: str, *scores: float, heard: str = "", due: float | None = None) -> SoundHistory:
    points = tuple((NOW - 1000 + number, score) for number, score in enumerate(scores))
    return SoundHistory("en", phone, points, (heard,) if heard else (), due)


# An attempt -------------------------------------------------------------------------------------------------


def test_a_good_attempt_moves_on_and_a_faulty_one_does_not() -> None:
    assert judge(report()).good
    assert not judge(report(total=60.0)).good
    fault = Step("sound_as", {"word": "weather", "phone": "DH", "sound": "", "heard": "D", "heard_sound": ""})
    outcome = judge(report(step=fault, DH=(30.0, "D")))
    assert not outcome.good
    assert outcome.fault == ("weather", "DH", 30.0)
    assert judge(report(step=Step("slow"))).good, "the words were right"


def test_the_sound_that_is_practised_comes_first() -> None:
    worse = Step("sound", {"word": "weather", "phone": "W", "sound": ""})
    outcome = judge(report(step=worse, W=20.0, DH=(45.0, "D")), focus=("DH", "TH"))
    assert (outcome.step.name, outcome.step.values["phone"], outcome.step.values["heard"]) == ("sound_as", "DH", "D")
    missing = Step("missing", {"words": "“the”"})
    assert judge(report(step=missing, DH=(45.0, "D")), focus=("DH",)).step == missing
    assert not judge(report(DH=65.0), focus=("DH",)).good, "not yet clear"
    assert judge(report(DH=65.0)).good


@pytest.mark.parametrize(
    ("before", "now", "change"),
    [
        (Before(60.0), report(total=70.0), "better"),
        (Before(70.0), report(total=60.0), "worse"),
        (Before(70.0), report(total=72.0), "same"),
        (Before(70.0, ("weather", "DH", 30.0)), report(total=70.0, DH=90.0), "sound_right"),
        (Before(70.0, ("weather", "DH", 30.0)), report(total=70.0, DH=60.0), "sound_better"),
        (Before(70.0, ("weather", "DH", 30.0)), report(total=70.0, DH=35.0), "same"),
    ],
)
def test_a_second_attempt_is_compared_with_the_first(before: Before, now: Report, change: str) -> None:
    assert judge(now, before=before).change == change
    assert judge(now).change is None


def test_what_is_kept_of_an_attempt() -> None:
    attempt, marks = practice.attempt_of(report(total=82.0, DH=(30.0, "D"), ER0=60.0), "en", NOW)
    assert (attempt.text, attempt.language, attempt.score, attempt.at) == ("weather", "en", 82.0, NOW)
    sounds = {sound.phone: sound for sound in attempt.sounds}
    assert set(sounds) == {"W", "EH", "DH", "ER"}
    assert (sounds["DH"].score, sounds["DH"].heard) == (30.0, "D")
    assert sounds["W"].heard == ""
    assert marks["sound:en:DH"] == "again"
    assert marks["sound:en:ER"] == "hard"
    assert marks["sound:en:W"] == "easy"
    assert marks["text:en:weather"] == "good"


def test_a_sound_that_was_left_out_is_not_held_against_it() -> None:
    said, lost = report().words[0], replace(report(DH=0.0).words[0], error="omission")
    both = replace(report(), words=(said, lost))
    attempt, _ = practice.attempt_of(both, "en", NOW)
    assert {sound.phone: sound.score for sound in attempt.sounds}["DH"] == 95.0


def test_by_words_alone_there_are_no_sounds() -> None:
    words = Report("Brot", "Brot", 70.0, None, 100.0, None, None, (WordScore("Brot", 70.0, "none"),), method="words")
    outcome = judge(words)
    assert (outcome.good, outcome.score) == (True, 70.0)
    attempt, marks = practice.attempt_of(words, "de", NOW)
    assert attempt.sounds == ()
    assert marks == {"text:de:Brot": "hard"}


def test_a_pair_tells_when_to_come_back_to_its_sounds() -> None:
    pair = pair_of(["ship", "sheep"])
    assert pair is not None
    attempt, marks = practice.attempt_of_pair(pair, Told("same"), NOW)
    assert (attempt.text, attempt.score, attempt.sounds) == ("ship, sheep", None, ())
    assert marks == {"sound:en:IH": "again", "sound:en:IY": "again", "text:en:ship, sheep": "again"}
    assert set(practice.attempt_of_pair(pair, Told("apart"), NOW)[1].values()) == {"good"}


# What is next -----------------------------------------------------------------------------------------------


def test_one_bad_score_is_no_weakness_but_two_are() -> None:
    assert practice.weakest([history("TH", 65.0)], NOW) == []
    assert [sound.phone for sound in practice.weakest([history("TH", 65.0, 65.0, 65.0)], NOW)] == ["TH"]
    improved = history("TH", 10.0, 10.0, 90.0, 95.0, 95.0, 95.0, 95.0)
    assert practice.weakest([improved], NOW) == [], "only the last attempts tell"


def test_what_is_due_comes_before_what_is_weaker() -> None:
    later, due = history("R", *[30.0] * 4, due=NOW + 600), history("TH", *[60.0] * 4, due=NOW - 600)
    assert [sound.phone for sound in practice.weakest([later, due], NOW)] == ["TH", "R"]


def test_drills_are_about_the_weak_sound_and_what_came_out_instead() -> None:
    drills = practice.weak_drills([history("TH", *[40.0] * 4, heard="T"), history("B", *[95.0] * 4)], NOW)
    assert drills[0] == Drill("three, tree", ("TH", "T"), pair=True)
    assert drills[1].focus == ("TH",)
    assert not drills[1].pair
    assert all("TH" in drill.focus for drill in drills)
    assert practice.weak_drills([history("B", *[95.0] * 4)], NOW) == []


def test_next_is_what_is_due_else_what_was_practised_least_and_never_the_same_again() -> None:
    drills = [Drill("a"), Drill("b"), Drill("c")]
    assert practice.next_of(drills, [], NOW) == Drill("a")
    assert practice.next_of(drills, [], NOW, last="a") == Drill("b")
    assert practice.next_of(drills, [], NOW, last="c") == Drill("a")
    practised = [TextHistory("en", "a", 1, NOW - 9, (), NOW + 600), TextHistory("en", "b", 1, NOW - 5, (), NOW - 1)]
    assert practice.next_of(drills, practised, NOW) == Drill("b"), "due"
    assert practice.next_of(drills, practised, NOW, last="b") == Drill("c"), "new"
    assert practice.next_of([Drill("a")], practised, NOW, last="a") == Drill("a"), "there is no other"


def test_the_trend_needs_some_attempts() -> None:
    assert practice.trend(history("TH", 40.0, 90.0)) is None
    assert practice.trend(history("TH", 40.0, 50.0, 70.0, 80.0)) == 30.0


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("ship and sheep", ("IH", "IY")),
        ("right, light", ("R", "L")),
        ("bread and butter", None),
        ("ship", None),
        ("ship and ship", None),
        ("sheep and ship and shop", None),
        ("Brötchen und Brot", None),
        ("cat or cats", None),
    ],
)
def test_two_words_that_differ_in_one_sound_are_a_pair(text: str, phones: tuple[str, str] | None) -> None:
    pair = practice.pair_in(text)
    assert (pair.phones if pair else None) == phones
