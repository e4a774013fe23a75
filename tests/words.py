"""The tests' ears: Whisper on the starter checkpoint, and PocketSphinx for times of day."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from unicode_rbnf import RbnfEngine

from aihear_voice import settings
from aihear_voice.recognition.recogniser import WhisperRecogniser
from aihear_voice.types import Audio


def transcribed(samples: np.ndarray) -> str:
    """float32, 16 kHz. As the program hears it: it knows how to give the starter its sound."""
    recogniser = WhisperRecogniser(settings.load(["recognition.engine=whisper"], env={}).recognition)
    try:
        return recogniser.transcribe(Audio(_sounding(samples), 0.0), "assist").text
    finally:
        recogniser.close()


def _sounding(samples: np.ndarray) -> np.ndarray:
    """Without the silence around it, but for a quarter of a second."""
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    return np.pad(samples[loud[0] : loud[-1]] if len(loud) else samples, 4000)


def time_told(samples: np.ndarray) -> tuple[int, int] | None:
    """The hour and minute in a recording of "It's ...", float32, 16 kHz.

    PocketSphinx chooses among all 1,440 times of a day: an ear that the program has no part in. It takes quick speech
    amiss about one time in ten (22 of 24 right at 150 words a minute), so a test chooses its times.
    """
    decoder = _clock_ear()
    samples = _sounding(samples)
    noise = np.random.default_rng(0).normal(0, 0.001, len(samples))  # its features do not take exact zeros
    decoder.start_utt()
    decoder.process_raw(((samples * 0.7 + noise) * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    words = re.sub(r"\(\d\)", "", decoder.hyp().hypstr if decoder.hyp() else "")  # "a(2)": its second pronunciation
    return _TIMES.get(words.removeprefix("it's "))


_ENGLISH = RbnfEngine.for_language("en")


def _number(n: int) -> str:
    return _ENGLISH.format_number(n).text.replace("-", " ")


def _minute(n: int) -> str:
    return f"oh {_number(n)} " if 0 < n < 10 else f"{_number(n)} " if n else ""


_TIMES = {
    f"{_number(hour % 12 or 12)} {_minute(minute)}{'ap'[hour // 12]} m": (hour, minute)
    for hour in range(24)
    for minute in range(60)
}


@cache
def _clock_ear():
    from pocketsphinx import Decoder, get_model_path

    dictionary = get_model_path("en-us/cmudict-en-us.dict")
    wide = {"beam": 1e-100, "wbeam": 1e-80, "pbeam": 1e-100, "cmn": "batch"}
    decoder = Decoder(hmm=get_model_path("en-us/en-us"), dict=dictionary, lm=None, loglevel="FATAL", **wide)
    hours = " | ".join(map(_number, range(1, 13)))
    minutes = " | ".join(map(_minute, range(1, 60)))
    rule = f"it's ( {hours} ) [ {minutes} ] ( a | p ) m"
    decoder.add_jsgf_string("times", f"#JSGF V1.0;\ngrammar times;\npublic <time> = {rule};\n")
    decoder.activate_search("times")
    return decoder
