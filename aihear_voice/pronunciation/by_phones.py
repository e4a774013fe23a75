"""The fine method, for English: each sound of the text beside what was said, on the scale of human experts.

First it is asked which words of the text are there at all (miscues.py); a recording in which hardly one is there is
refused. The words that are there are aligned again and scored (scorer.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ..types import Audio, Transcript, Word
from .by_transcript import added, another_text, compare
from .hearing.acoustic import SILENCE
from .hearing.analysis import Analysis, Listening, choose, lay, listen
from .hearing.forced_alignment import FRAME, Span
from .hearing.forced_decoding import Opinion, hear
from .hearing.sound import STEADY, measure
from .hearing.substitution import substitutions
from .results import Error, Level, PhoneScore, Report, Stress, WordScore, refusal
from .scoring.advice import steps
from .scoring.evidence import Evidence, gather
from .scoring.goodness import FLATTEN
from .scoring.miscues import gap_features, insertion_features, other_speech, presence_features
from .scoring.scorer import PHONE_SCALE, SCALE, Scores, shipped
from .scoring.stress import syllables
from .text.phones import VOWELS, Pronunciation, WordPhones, base
from .text.words import split

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SAID = 0.5  # probability from which a word counts as said
BELONGS = 0.25  # probability below which it was another text
UNSURE = 0.9  # the same, where a recogniser is sure that it heard something else
THERE = 0.25  # share of the text's words below which it was, too
ADDED = 0.5  # probability from which other speech is a word too many
LIKELY_ADDED = 0.2  # the same, where Whisper is certain of a word there that is none of the text
WRONG = 1.0  # of a phone, on the experts' scale: below it they call it wrong (0) rather than accented (1)
NEARLY = 1.9  # above it nothing was heard instead
CLEAR = 0.6  # probability from which the phone that was heard instead is named
FAR = 35.0  # and how much likelier it must be, natural log units
MISPRONOUNCED = 65.0  # of a word
_GLIDES = {"L", "R", "W", "Y"}  # that also come out as vowels ("peopo")


@dataclass(frozen=True, eq=False)
class _Laid:
    """The words that were said, laid beside the recording. said: their numbers in the text."""

    analysis: Analysis
    evidence: Evidence
    said: tuple[int, ...]
    ways: tuple[Pronunciation, ...]

    @cached_property
    def instead(self) -> NDArray[np.float32]:
        return substitutions(self.analysis)


def assess(target: str, words: Sequence[WordPhones], audio: Audio, transcript: Transcript | None = None) -> Report:
    """words: of `target`. transcript: what a recogniser heard, with word times; it only helps with added words."""
    heard = transcript.text if transcript is not None else ""
    if measure(audio).contrast < STEADY:
        return refusal(target, "noise")
    sound = listen(audio.samples)
    chosen = choose(sound, [word.ways for word in words])
    whole = lay(sound, chosen)
    if whole is None:
        return refusal(target, "too_short")
    evidence = gather(whole, chosen)
    hearing = hear(audio.samples)
    opinion = hearing.of([word.text for word in words]) if hearing is not None else None
    presence, belongs = shipped().presence(evidence, presence_features(whole, evidence), opinion)
    doubted = belongs < UNSURE and transcript is not None and another_text(target, transcript)
    if doubted or not_that_text(presence, belongs):
        return refusal(target, "different", heard if transcript is not None and transcript.reliable else "")
    laid = _said(sound, chosen, presence, whole, evidence)
    texts = [word.text for word in words]
    insertions = _insertions(whole, evidence, opinion, _added(target, transcript))
    return _report(target, texts, chosen, laid, insertions, heard)


def not_that_text(presence: Array, belongs: float) -> bool:
    """presence: of each word of the text the probability that it was said; belongs: that it was this text."""
    return belongs < BELONGS or bool((presence >= SAID).mean() < THERE)


def _said(
    sound: Listening, chosen: Sequence[Pronunciation], presence: Array, whole: Analysis, evidence: Evidence
) -> _Laid:
    """Aligned again without what was left out: it would take sound from its neighbours."""
    said = tuple(index for index, probability in enumerate(presence) if probability >= SAID)
    ways = tuple(chosen[index] for index in said)
    again = lay(sound, ways) if len(said) < len(chosen) else None
    if again is None:
        return _Laid(whole, evidence, tuple(range(len(chosen))), tuple(chosen))
    return _Laid(again, gather(again, ways), said, ways)


# -- words that were added --------------------------------------------------------------------------------


def _added(target: str, transcript: Transcript | None) -> list[Word]:
    """Words of the transcript that are none of the text. A recogniser in doubt makes words up."""
    if transcript is None or not transcript.reliable:
        return []
    return list(added(compare(split(target), transcript)))


def _insertions(
    whole: Analysis, evidence: Evidence, opinion: Opinion | None, extra: Sequence[Word]
) -> tuple[Word, ...]:
    spans = other_speech(whole)
    if not spans:
        return ()
    gaps = gap_features(whole, spans, opinion) if opinion is not None else None
    probabilities = shipped().insertion(insertion_features(whole, evidence, spans), gaps)
    found = []
    for span, probability in zip(spans, probabilities, strict=True):
        named = [word for word in extra if word.start < span.end * FRAME and span.start * FRAME < word.end]
        if probability >= (LIKELY_ADDED if named else ADDED):
            text = " ".join(word.text for word in named)
            found.append(Word(text, span.start * FRAME, span.end * FRAME, float(probability)))
    return tuple(found)


# -- scores -----------------------------------------------------------------------------------------------


def _report(
    target: str, texts: Sequence[str], chosen: Sequence[Pronunciation], laid: _Laid, insertions: tuple[Word, ...],
    heard: str,
) -> Report:  # fmt: skip
    scores = shipped().score(laid.evidence)
    words = tuple(_words(texts, chosen, laid, scores))
    completeness = 100 * len(laid.said) / len(texts)
    accuracy, fluency, prosody, total = (float(mark) * 100 / SCALE for mark in scores.sentence)
    levels: dict[Level, float] = {"accuracy": accuracy, "fluency": fluency, "prosody": prosody}
    return Report(
        target=target,
        heard=heard,
        accuracy=round(accuracy, 1),
        fluency=round(fluency, 1),
        completeness=round(completeness, 1),
        prosody=round(prosody, 1),
        total=round(total * completeness / 100, 1),
        words=words,
        insertions=insertions,
        steps=steps(target, words, insertions, laid.analysis, laid.said, levels),
        method="phones",
    )


def _words(texts: Sequence[str], chosen: Sequence[Pronunciation], laid: _Laid, scores: Scores) -> Iterator[WordScore]:
    for index, text in enumerate(texts):
        if index not in laid.said:
            yield _left_out(text, chosen[index])
            continue
        place = laid.said.index(index)
        phones = tuple(_phones(place, laid, scores))
        accuracy = round(float(scores.words[place, 0]) * 100 / SCALE, 1)
        error: Error = "mispronunciation" if accuracy < MISPRONOUNCED else "none"
        stress = _stress(place, laid, float(scores.words[place, 1]))
        start, end = phones[0].start, phones[-1].end
        yield WordScore(text, accuracy, error, start, end, stress=stress, phones=phones)


def _left_out(text: str, phones: Pronunciation) -> WordScore:
    silent = tuple(PhoneScore(phone, 0.0, "") for phone in phones)
    return WordScore(text, None, "omission", phones=silent)


def _phones(word: int, laid: _Laid, scores: Scores) -> Iterator[PhoneScore]:
    import numpy as np

    spans = laid.analysis.aligned.words[word]
    assert spans is not None
    numbers = np.flatnonzero(laid.evidence.word_of == word)
    instead = laid.instead
    for phone, span, number in zip(laid.ways[word], spans, numbers, strict=True):
        mark = float(scores.phones[number])
        heard = _heard(phone, mark, instead[number], laid.analysis.sound.names)
        start, end = _seconds(span)
        yield PhoneScore(phone, round(mark * 100 / PHONE_SCALE, 1), heard, start, end)


def _heard(phone: str, mark: float, instead: Array, names: Sequence[str]) -> str | None:
    """Another phone where the sound leaves no doubt about it; none where it is wrong, but not clear how.

    instead: log likelihoods with each phone in its place (substitution.py)
    """
    import numpy as np

    own = names.index(base(phone))
    tried = instead[: len(names)]
    probabilities = np.exp((tried - tried.max()) * FLATTEN)
    probabilities /= probabilities.sum()
    best = int(tried.argmax())
    clear = probabilities[best] >= CLEAR and tried[best] - tried[own] >= FAR
    if mark < NEARLY and clear and _alike(names[own], names[best]):
        return "" if names[best] == SILENCE else names[best]
    return base(phone) if mark >= WRONG else None


def _alike(wanted: str, heard: str) -> bool:
    """Whether one may come out as the other: no "th" is said as a vowel; that is where the alignment slipped."""
    return heard == SILENCE or (wanted in VOWELS) == (heard in VOWELS) or (wanted in _GLIDES and heard in VOWELS)


def _seconds(span: Span) -> tuple[float, float]:
    return round(span.start * FRAME, 2), round(span.end * FRAME, 2)


def _stress(word: int, laid: _Laid, mark: float) -> Stress:
    accuracy = round(mark * 100 / SCALE, 1)
    found = syllables(laid.analysis, word, laid.ways[word])
    if found is None:
        return Stress(1, 1, accuracy, 1.0)
    confidence = round(min(1.0, found.margin), 2)
    return Stress(found.expected + 1, found.heard + 1, accuracy, confidence)
