"""Tones of Mandarin, as espeak-ng says them: pinyin with the tone's number, right and wrong."""

import numpy as np
import pytest

from aihear_voice.pronunciation.coarse import tones
from aihear_voice.pronunciation.hearing.analysis import outline
from aihear_voice.pronunciation.results import Tone
from tests import rigs

SENTENCES = {  # with a syllable (from 0) and another tone for it
    "今天天气怎么样": (3, 1),
    "我住在北京": (4, 4),
    "播放音乐": (0, 2),
    "打开厨房灯": (1, 4),
    "请再说一遍": (2, 2),
}
VOICES = ["", "+f3"]


def judged(text: str, voice: str, **changed: int) -> list[Tone | None]:
    """changed: tone by the syllable's number ("s3")."""
    said = [one.pinyin if one else "" for one in tones.wanted_tones(list(text))]
    for place, tone in changed.items():
        said[int(place[1:])] = said[int(place[1:])][:-1] + str(tone)
    sound = rigs.join(0.2, rigs.speech(" ".join(said), f"espeak:cmn-latn-pinyin{voice}"), 0.2)
    return tones.judge(list(text), outline(sound))


@pytest.mark.parametrize("voice", VOICES)
def test_right_tones_are_told_right_and_hardly_ever_wrong(voice: str) -> None:
    found = [tone for text in SENTENCES for tone in judged(text, voice) if tone and tone.expected != tones.NEUTRAL]
    assert sum(tone.heard not in (None, tone.expected) for tone in found) <= 1
    assert sum(tone.heard == tone.expected for tone in found) >= 0.6 * len(found)


def test_wrong_tones_are_named() -> None:
    told = [
        judged(text, voice, **{f"s{place}": tone})[place]
        for text, (place, tone) in SENTENCES.items()
        for voice in VOICES
    ]
    wanted = [tone for _, tone in SENTENCES.values() for _ in VOICES]
    right = sum(one is not None and one.heard == tone for one, tone in zip(told, wanted, strict=True))
    missed = sum(one is not None and one.heard == one.expected for one in told)
    assert right >= 0.3 * len(told)
    assert missed <= 0.1 * len(told)


def test_a_voice_without_melody_has_no_tones() -> None:
    text = "今天天气怎么样"
    time = np.arange(3 * rigs.RATE) / rigs.RATE
    buzz = sum(np.sin(2 * np.pi * 120 * k * time) / k for k in range(1, 12))
    words = np.repeat(np.array([1, 0.05] * 8), len(time) // 16 + 1)[: len(time)]  # syllables
    found = tones.judge(list(text), outline((0.1 * buzz * words).astype(np.float32)))
    assert all(tone is None or tone.heard in (None, tone.expected) for tone in found)


def test_what_is_wanted_follows_the_neighbours() -> None:
    def wanted(text: str) -> list[int]:
        return [one.tone for one in tones.wanted_tones(list(text)) if one]

    assert wanted("你好") == [2, 3]
    assert wanted("不是") == [2, 4]
    assert wanted("不好") == [4, 3]
    assert wanted("一天") == [4, 1]
    assert wanted("一个") == [2, 4]
    assert wanted("好吗") == [3, 5]
    assert wanted("我很好") == [2, 2, 3]
    first = tones.wanted_tones(list("我很好"))[0]
    assert first is not None
    assert 3 in first.also


def test_neutral_tones_letters_and_silence_are_not_judged() -> None:
    found = tones.judge(["吗", "OK", "好"], outline(rigs.speech("ma5 hao3", "espeak:cmn-latn-pinyin")))
    assert found[0] == Tone(5, None, 0.0)
    assert found[1] is None
    assert tones.judge([], outline(rigs.silence(1))) == []
    assert tones.judge(["好"], outline(rigs.silence(1))) == [Tone(3, None, 0.0)]
    assert tones.judge(list("今天天气怎么样"), outline(rigs.silence(0.1))) == [
        Tone(tone, None, 0.0) for tone in (1, 1, 1, 4, 3, 5, 4)
    ]
