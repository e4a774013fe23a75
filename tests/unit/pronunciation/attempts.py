"""Attempts for the tests of reports: scores by hand, voices by flite."""

from __future__ import annotations

from aihear_voice.audio.save import flac
from aihear_voice.pronunciation.results import PhoneScore, Report, Step, Stress, WordScore
from aihear_voice.pronunciation.showing.attempt import Attempt, record, times_of
from aihear_voice.types import Audio, Word
from tests import rigs

WORDS = {  # text: (accuracy, [(phone, accuracy, heard)])
    "weather": (43.0, [("W", 95.0, "W"), ("EH1", 90.0, "EH"), ("DH", 12.0, "D"), ("ER0", 70.0, None)]),
    "is": (88.0, [("IH1", 91.0, "IH"), ("Z", 40.0, "")]),
    "fine": (72.0, [("F", 85.0, "V"), ("AY1", 66.0, "AY"), ("N", 81.0, "N")]),
}


def report(target: str = "", texts: dict[str, str] | None = None) -> Report:
    """Of WORDS and of "today", which was left out. texts: other words in the place of these"""
    words, time = [], 0.3
    for text, (accuracy, phones) in WORDS.items():
        scored = []
        for name, mark, heard in phones:
            scored.append(PhoneScore(name, mark, heard, round(time, 2), round(time + 0.12, 2)))
            time += 0.12
        stress = Stress(1, 2, 60.0, 0.9) if text == "weather" else Stress(1, 1, 99.0, 1.0)
        error = "mispronunciation" if accuracy < 65 else "none"
        shown = (texts or {}).get(text, text)
        start, end = scored[0].start, scored[-1].end
        words.append(WordScore(shown, accuracy, error, start, end, stress=stress, phones=tuple(scored)))
        time += 0.25
    lost = tuple(PhoneScore(name, 0.0, "") for name in ("T", "AH0", "D", "EY1"))
    words.append(WordScore("today", None, "omission", phones=lost))
    sound = {"word": "weather", "phone": "DH", "sound": "“th” of “this”", "heard": "D", "heard_sound": "“d”"}
    steps = {
        "accuracy": Step("sound_as", sound),
        "fluency": Step("pause", {"before": "weather", "after": "is"}),
        "completeness": Step("missing", {"words": "“today”"}),
        "prosody": Step("stress", {"word": "weather", "syllable": "1"}),
        "total": Step("sound_as", sound),
    }
    return Report(
        target or " ".join(word.text for word in words), "nonsense", 61.0, 72.0, 75.0, 83.0, 47.0, tuple(words),
        (Word("well", 2.2, 2.5, 0.8),), steps, "phones",
    )  # fmt: skip


def attempt(made: Report | None = None, name: str = "") -> Attempt:
    """The learner is silent where no word is."""
    made = made or report()
    times = times_of(made)
    spoken = rigs.speech("The weather is fine today and it will be tomorrow.", "flite:slt")
    learner = rigs.silence(2.8)
    for start, end in filter(None, times or ((0.3, 1.0),)):
        cut = slice(round(start * rigs.RATE), round(end * rigs.RATE))
        learner[cut] = spoken[cut]
    model = Audio(rigs.join(0.3, rigs.speech("The weather is fine today.", "flite:rms"), 0.5))
    there = tuple((0.3 + 0.3 * place, 0.5 + 0.3 * place) for place in range(len(times)))
    return Attempt(made, name, record(Audio(learner), times, flac), record(model, there, flac))
