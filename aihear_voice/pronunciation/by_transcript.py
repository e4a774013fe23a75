"""Was the text said? The coarse method, for all languages but English: Whisper's words and their probabilities.

It tells which words of a text were said, which were left out, which came in addition, which the recogniser was not
sure of, and where it wrote another word, by which sounds that differs from the wanted one (sounds.py). These are the
sounds of written words: nobody listened to the sounds themselves. There are no phone scores, no stress, no prosody,
and none is pretended. Only the tones of Chinese are judged by ear (tones.py).

What its numbers are: evidence. Whisper's probability of a word says how sure the recogniser was of that
spelling in that sentence. It is low for a word that was said unclearly, but also in noise, for rare words
and names, and with a weak model; and it can be high for a word that was not said at all, because Whisper
mends sentences as it listens. So an omission may go unnoticed, and a doubtful word is not a wrong one.
Where the recogniser itself was not sure of the whole, nothing is scored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..types import Audio, Transcript, Word
from .coarse import plausible, tones
from .coarse.plausible import Fit
from .hearing.analysis import Outline, outline
from .hearing.sound import STEADY, Sound, measure
from .results import Difference, Report, Why, WordScore, refusal
from .text import sounds
from .text.align import NEAR, Alike, Pair, align, likeness
from .text.words import Unit, split, units

NO_SPEECH = 0.6  # Whisper's own threshold
DOUBT = 0.3  # below it Whisper preferred this word to others, but was not sure of it
CERTAIN = 0.5  # from it on, no other word can have been likelier: what blames a learner must reach it
BELONGS = 0.5  # share of agreeing letters below which it was another text
UNLIKE, UNLIKELY = 0.5, 0.0  # how little better its order fits (plausible.py) for a given transcript, and for Whisper's
GIVEN = "given"  # the engine of a transcript that a person wrote
PART = 0.8  # share of what was heard from which it was a part of the text, or of the text from which it was all there


@dataclass(frozen=True, slots=True)
class Comparison:
    """The text and what was heard, cut into comparable units; pairs index the units.

    wanted_sounds, heard_sounds: of each unit; empty where they are compared by their spelling
    """

    wanted: tuple[str, ...]
    heard: tuple[Word, ...]
    wanted_units: tuple[Unit, ...]
    heard_units: tuple[Unit, ...]
    pairs: tuple[Pair, ...]
    wanted_sounds: tuple[sounds.Sounds, ...] = ()
    heard_sounds: tuple[sounds.Sounds, ...] = ()

    def probability(self, unit: int) -> float:
        return self.heard[self.heard_units[unit].word].probability

    def certain_at(self, place: int) -> bool:
        """Whether the words before and after the heard unit number `place` leave no doubt about what is between."""
        around = [unit for unit in (place - 1, place) if 0 <= unit < len(self.heard_units)]
        return bool(around) and all(self.probability(unit) >= CERTAIN for unit in around)


def given(text: str, language: str) -> Transcript:
    """A transcript that a person wrote: nothing in it is doubted, and nothing is known of when a word was said."""
    words = tuple(Word(word, 0.0, 0.0, 1.0) for word in split(text))
    return Transcript(text, language, words, 0.0, 0.0, GIVEN, 0.0)


def assess(target: str, transcript: Transcript, audio: Audio, language: str = "") -> Report:
    """transcript: of the whole of `audio`, with word probabilities; language: of the text, else the transcript's"""
    sound = measure(audio)
    comparison = compare(split(target), transcript, language, by_sound=True)
    words = tuple(_judged(comparison))
    why = _not_said(transcript, sound) or _not_judged(comparison, words)
    if why is not None:
        return refusal(target, why, transcript.text)
    if comparison.heard_sounds:
        recording = outline(audio.samples)
        fit = plausible.fit(comparison.heard_sounds, recording)
        if (why := _not_borne_out(comparison, sound, fit, transcript)) is not None or fit is None:
            return refusal(target, why or "too_short", transcript.text)
        if transcript.engine == GIVEN:
            comparison = _timed(comparison, fit)
            words = tuple(_judged(comparison))
        if (language or transcript.language) == sounds.CHINESE:
            words = _with_tones(words, recording)
    return _scored(target, transcript, comparison, words, _fluency(comparison, sound))


def _not_borne_out(comparison: Comparison, sound: Sound, fit: Fit | None, transcript: Transcript) -> Why | None:
    """What the sound says against the transcript: Whisper mends what was cut off, and a person may give a wrong one."""
    voiced = sound.speaking - sound.pauses
    if fit is None or sum(map(len, comparison.heard_sounds)) > plausible.FASTEST * voiced:
        return "too_short"
    if fit.margin is None:
        return None
    if transcript.engine == GIVEN:
        return "unlike" if fit.margin < UNLIKE else None
    return "unreliable" if fit.margin < UNLIKELY else None


def _timed(comparison: Comparison, fit: Fit) -> Comparison:
    """With the times at which a transcript's words were said; Whisper's have their own."""
    heard = list(comparison.heard)
    for unit, time in zip(comparison.heard_units, fit.times, strict=True):
        if time is not None:
            word = heard[unit.word]
            heard[unit.word] = replace(word, start=word.start or time[0], end=time[1])
    return replace(comparison, heard=tuple(heard))


def _with_tones(words: Sequence[WordScore], recording: Outline) -> tuple[WordScore, ...]:
    """Of what was said; a syllable that was left out has none."""
    said = [word for word in words if word.error != "omission"]
    found = iter(tones.judge([word.text for word in said], recording))
    return tuple(word if word.error == "omission" else replace(word, tone=next(found)) for word in words)


# -- was it said at all? ----------------------------------------------------------------------------------


def _not_said(transcript: Transcript, sound: Sound) -> Why | None:
    """What speaks against there being speech that can be judged, before any comparison."""
    no_speech = transcript.no_speech_prob > NO_SPEECH
    doubted = no_speech or not transcript.reliable or transcript.engine == GIVEN
    if sound.contrast < STEADY and doubted:
        return "noise"
    # Whisper doubts real speech too; where it is sure of each word it is believed.
    if not transcript.text.strip() or (no_speech and _mean(transcript.words) < CERTAIN):
        return "no_speech"
    return None if transcript.reliable and transcript.words else "unreliable"


def _not_judged(comparison: Comparison, words: Sequence[WordScore]) -> Why | None:
    if _belonging(comparison) < BELONGS:
        # Another text, or this one heard badly: only who is sure may say that it was another.
        return "different" if _mean(comparison.heard) >= CERTAIN else "unreliable"
    if all(word.accuracy is None for word in words):
        return "unreliable"
    # One slip makes Whisper guess on: where it was unsure once, the words it missed are no findings either.
    unsure = sum(not word.sure for word in words)
    missed = sum(word.error == "omission" for word in words)
    return "unreliable" if unsure and (unsure + missed) * 2 > len(words) else None


def another_text(target: str, transcript: Transcript) -> bool:
    """Whether the recogniser is sure that something else was said. The starter may be sure and wrong."""
    comparison = compare(split(target), transcript)
    certain = transcript.reliable and _mean(comparison.heard) >= CERTAIN
    return certain and _belonging(comparison) < BELONGS


def _mean(words: Sequence[Word]) -> float:
    return sum(word.probability for word in words) / len(words) if words else 0.0


def _belonging(comparison: Comparison) -> float:
    """Whether it is that text: the letters that agree, twice, over those of both texts.

    Who says half of a text and nothing else, or all of it and more, has not said another: 1.
    """
    agree = sum(
        pair.likeness * sum(len(comparison.wanted_units[unit].text) for unit in pair.wanted)
        for pair in comparison.pairs
        if pair.likeness >= NEAR
    )
    wanted = sum(len(unit.text) for unit in comparison.wanted_units)
    heard = sum(len(unit.text) for unit in comparison.heard_units)
    if not heard:
        return 0.0
    return 1.0 if agree >= PART * min(wanted, heard) else 2 * agree / (wanted + heard)


# -- word by word -----------------------------------------------------------------------------------------


def compare(wanted: Sequence[str], transcript: Transcript, language: str = "", by_sound: bool = False) -> Comparison:
    """by_sound: the words' sounds are compared, where that language's are known, else their spelling."""
    heard = tuple(_heard(transcript))
    language = language or transcript.language
    texts = [word.text for word in heard]
    wanted_units = units(wanted, language, texts)
    heard_units = units(texts, language, wanted)
    left: tuple[sounds.Sounds, ...] = ()
    right: tuple[sounds.Sounds, ...] = ()
    alike = None
    if by_sound and sounds.known(language):
        left = tuple(sounds.of([unit.spelt for unit in wanted_units], language))
        right = tuple(sounds.of([unit.spelt for unit in heard_units], language))
        alike = _by_sound(wanted_units, heard_units, left, right)
    pairs = align([unit.text for unit in wanted_units], [unit.text for unit in heard_units], alike)
    return Comparison(tuple(wanted), heard, tuple(wanted_units), tuple(heard_units), tuple(pairs), left, right)


def _by_sound(
    wanted: Sequence[Unit], heard: Sequence[Unit], left: Sequence[sounds.Sounds], right: Sequence[sounds.Sounds]
) -> Alike:
    """What is written alike is alike, whatever its neighbours make of it; and what has no sounds has its letters."""

    def alike(one: Sequence[int], other: Sequence[int]) -> float:
        texts = "".join(wanted[i].text for i in one), "".join(heard[i].text for i in other)
        if texts[0] == texts[1]:
            return 1.0
        said = _joined(left, one), _joined(right, other)
        return sounds.likeness(*said) if all(said) else likeness(*texts)

    return alike


def _joined(found: Sequence[sounds.Sounds], places: Sequence[int]) -> sounds.Sounds:
    return tuple(sound for place in places for sound in found[place])


def _heard(transcript: Transcript) -> Iterator[Word]:
    """The words as `split` cuts the text. Whisper itself cuts "o'clock" in two, and leaves Chinese together."""
    letters = [letter for word in transcript.words for letter in _letters(word)]
    texts = split(transcript.text)
    if sum(map(_length, texts)) != len(letters):  # an engine whose words are not its text
        texts = [text for word in transcript.words for text in split(word.text)]
    place = 0
    for text in texts:
        mine = letters[place : place + _length(text)]
        place += len(mine)
        yield Word(text, mine[0].start, mine[-1].end, min(letter.probability for letter in mine))


def _letters(word: Word) -> Iterator[Word]:
    """Each with its share of the word's time."""
    letters = [mark for mark in word.text if mark.isalnum()]
    step = (word.end - word.start) / max(1, len(letters))
    for index, letter in enumerate(letters):
        start = word.start + index * step
        yield Word(letter, start, start + step, word.probability)


def _length(text: str) -> int:
    return sum(mark.isalnum() for mark in text)


def _judged(comparison: Comparison) -> Iterator[WordScore]:
    """One a word of the text, in order."""
    places = _places(comparison.pairs)
    for index, text in enumerate(comparison.wanted):
        mine = [
            (pair, place)
            for pair, place in zip(comparison.pairs, places, strict=True)
            if any(comparison.wanted_units[unit].word == index for unit in pair.wanted)
        ]
        yield _word(text, mine, comparison)


def _places(pairs: Sequence[Pair]) -> list[int]:
    """For each pair the number of heard units before it."""
    places, count = [], 0
    for pair in pairs:
        places.append(count)
        count += len(pair.heard)
    return places


def _word(text: str, mine: Sequence[tuple[Pair, int]], comparison: Comparison) -> WordScore:
    found = [pair for pair, _ in mine if pair.likeness >= NEAR]
    if not found:
        return _missing(text, mine, comparison)
    heard = [comparison.heard[comparison.heard_units[unit].word] for pair in found for unit in pair.heard]
    evidence = sum(_evidence(pair, comparison) for pair in found) / len(mine)
    exact = len(found) == len(mine) and all(pair.likeness == 1.0 for pair in found)
    sure = min(word.probability for word in heard) >= (DOUBT if exact else CERTAIN)
    timed = heard[-1].end > 0
    return WordScore(
        text=text,
        accuracy=round(100 * evidence, 1),
        error="none" if exact and sure else "mispronunciation",
        start=round(max(0.0, heard[0].start), 2) if timed else None,
        end=round(heard[-1].end, 2) if timed else None,
        heard=" ".join(dict.fromkeys(word.text for word in heard)),
        sure=sure,
        differences=tuple(difference for pair in found for difference in _differences(pair, comparison)),
    )


def _differences(pair: Pair, comparison: Comparison) -> Iterator[Difference]:
    if pair.likeness == 1.0 or not comparison.wanted_sounds:
        return
    said = _joined(comparison.wanted_sounds, pair.wanted), _joined(comparison.heard_sounds, pair.heard)
    if all(said):
        yield from (Difference(*each) for each in sounds.differences(*said))


def _evidence(pair: Pair, comparison: Comparison) -> float:
    return pair.likeness * min(comparison.probability(unit) for unit in pair.heard)


def _missing(text: str, mine: Sequence[tuple[Pair, int]], comparison: Comparison) -> WordScore:
    """Nothing like it was heard. It was left out only where it is certain what was heard instead of it."""
    instead = [unit for pair, _ in mine for unit in pair.heard]
    if instead:
        certain = all(comparison.probability(unit) >= CERTAIN for unit in instead)
    else:
        certain = all(comparison.certain_at(place) for _, place in mine)
    spelt = " ".join(comparison.heard[comparison.heard_units[unit].word].text for unit in instead)
    return WordScore(text, None, "omission" if certain else "mispronunciation", heard=spelt, sure=certain)


def added(comparison: Comparison) -> Iterator[Word]:
    """Words that stand for none of the text; unsure ones are left away: they may be the recogniser's own."""
    used = {
        comparison.heard_units[unit].word for pair in comparison.pairs if pair.likeness >= NEAR for unit in pair.heard
    }
    for index, word in enumerate(comparison.heard):
        if index not in used and word.probability >= CERTAIN:
            yield word


# -- the whole --------------------------------------------------------------------------------------------

_VOWELS = re.compile(r"[aeiouyäöüáéíóúœæ]+")


def _fluency(comparison: Comparison, sound: Sound) -> float | None:
    """0-100 from the rate (syllables a second, without pauses) and the share of pauses of 0.2 s and longer.

    59 + 7 rate - 47 share: least squares on 1480 learners' utterances of speechocean762 (training split)
    against its experts' fluency; correlation there .64, and .64 on 120 others. It follows how fast and how
    evenly one speaks, not whether one is easy to follow.
    """
    voiced = sound.speaking - sound.pauses
    syllables = sum(max(1, len(_VOWELS.findall(unit.text))) for unit in comparison.heard_units)
    if voiced <= 0 or not syllables:
        return None
    value = 59 + 7 * syllables / voiced - 47 * sound.pauses / sound.speaking
    return round(min(100.0, max(0.0, value)), 1)


def _scored(
    target: str, transcript: Transcript, comparison: Comparison, words: tuple[WordScore, ...], fluency: float | None
) -> Report:
    known = [word.accuracy for word in words if word.accuracy is not None]
    accuracy = sum(known) / len(known)
    completeness = 100 * sum(word.error != "omission" for word in words) / len(words)
    total = None if fluency is None else completeness / 100 * (0.8 * accuracy + 0.2 * fluency)
    return Report(
        target=target,
        heard=transcript.text,
        accuracy=round(accuracy, 1),
        fluency=fluency,
        completeness=round(completeness, 1),
        total=None if total is None else round(total, 1),
        words=words,
        insertions=tuple(added(comparison)),
        given=transcript.engine == GIVEN,
    )
