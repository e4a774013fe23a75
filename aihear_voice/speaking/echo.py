"""The guard against our own voice: it must never wake, stop or write anything, and a person over it must.

Three layers, each enough in its own case. While an answer plays (and only then) it is taken out of the
microphone's sound; what is left is measured against what was predicted, which tells whether a person speaks as
well; and where the sound cannot tell, the words can: what is heard is compared with what was being said.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..types import FRAME_SAMPLES, FRAME_SECONDS, SAMPLE_RATE, Audio, Wake
from .align import CLEAR, SURE, locate
from .canceller import HOP, TAPS, Canceller
from .reference import Passage, Reference
from .spoken import resembles, words_between

EARLIEST = round(-0.05 * SAMPLE_RATE)  # how soon after it was handed over a sound may be heard, and how late
LATEST = round(1.2 * SAMPLE_RATE)
WINDOW = round(0.5 * SAMPLE_RATE)  # of the microphone's sound that is looked for in the reference
ENOUGH = round(0.12 * SAMPLE_RATE)
LEAD = 64  # samples that the reference runs ahead, for what is found a little too late
DRIFT = 24  # samples that a placement may be off before it is set anew; below, the filter follows
SEARCH_EVERY = 4  # frames
TRACK_EVERY = 16
REHEARSED = 16 * HOP  # the newest sound is learnt from twice while the filter is new to a passage
FOUND_BY = round(1.5 * SAMPLE_RATE)  # what was not found by then does not reach the microphone
NEW_FOR = round(1.5 * SAMPLE_RATE)
TAIL_S = 0.35  # echo of a room after the last sample
AUDIBLE = 1e-7  # mean square, -70 dB, below which nobody is heard
TINY = 1e-9
PHRASE_S = 0.9  # about what a wake phrase lasts
SURELY_S = 0.3  # of somebody else's voice in it, where we say the same phrase at about that time
LIKELY_S = 0.16  # where we do not
WORD_S = 0.12  # in a word
LOUD = 6.0  # times the power of the room's noise
LEARN_FOR = round(0.2 * SAMPLE_RATE)  # after a passage was found, before what is left of it means anything
CLOCK_FRAMES = 128  # of which the promptest tells when a frame was recorded
NOISE_FRAMES = 96
CUT = round(0.1 * SAMPLE_RATE)  # before the end of an answer that was stopped; it is not known exactly
KEPT_S = 40.0  # of what is remembered for `said`


@dataclass(frozen=True, slots=True)
class Trace:
    """What was found in one frame.

    power: mean square, as it was handed on
    own: our voice may be in it
    echo: it was heard, and taken out
    person: somebody else is heard over it
    """

    end: float
    power: float
    own: bool = False
    echo: bool = False
    person: bool = False


class MicrophoneClock:
    """Which sample of the microphone belongs to which moment of the monotonic clock, and the newest sound."""

    def __init__(self) -> None:
        self.now = 0  # samples on the audio clock, after the newest frame
        self.sound = np.zeros(2 * SAMPLE_RATE)  # the newest, up to `now`
        self._offsets: deque[float] = deque(maxlen=CLOCK_FRAMES)
        self._powers: deque[float] = deque(maxlen=NOISE_FRAMES)

    def hear(self, frame: Audio, arrived: float) -> None:
        end = round(frame.start * SAMPLE_RATE) + FRAME_SAMPLES
        if end != self.now + FRAME_SAMPLES:  # sound was lost, or another device speaks
            self.sound[:] = 0
            self._offsets = deque([arrived - end / SAMPLE_RATE], maxlen=CLOCK_FRAMES)
        self.now = end
        self.sound = np.concatenate((self.sound[FRAME_SAMPLES:], frame.samples))
        self._offsets.append(arrived - end / SAMPLE_RATE)

    def sample(self, moment: float) -> int:
        """The earliest sample that may have been recorded then: frames come late, never early."""
        return round((moment - min(self._offsets, default=0.0)) * SAMPLE_RATE)

    def rest(self) -> float:
        """The newest frame is without our voice: its mean square tells how loud the room is."""
        newest = self.sound[-FRAME_SAMPLES:]
        self._powers.append(float(newest @ newest) / FRAME_SAMPLES)
        return self._powers[-1]

    def noise(self) -> float:
        """Mean square of the room's own noise."""
        return float(np.percentile(tuple(self._powers), 20)) if self._powers else 0.0

    def last(self, start: int, end: int) -> NDArray[np.float64]:
        return self.sound[len(self.sound) - (self.now - start) : len(self.sound) - (self.now - end)]


class Placements:
    """Where each passage lies on the microphone's clock: the sample at which its first one is heard."""

    def __init__(self, clock: MicrophoneClock) -> None:
        self._clock = clock
        self._origins: dict[Passage, int] = {}
        self._settled: dict[Passage, int] = {}
        self._doubts: dict[Passage, tuple[int, int]] = {}  # a placement, and the end of the sound that it was found in
        self._deaf = False  # the last passage that had its time was not found

    def origin(self, passage: Passage) -> int | None:
        return self._origins.get(passage)

    def unheard(self, passage: Passage) -> bool:
        """Whether it would have been found by now, if it reached the microphone; or the one before it would have."""
        return self.origin(passage) is None and (self._deaf or self._late(passage))

    def _late(self, passage: Passage) -> bool:
        return self._clock.now > self._clock.sample(passage.start) + FOUND_BY

    def settled(self, passage: Passage) -> bool:
        """Whether it is known, and for long enough, to be taken out of the sound."""
        if self._settled.get(passage, self._clock.now + 1) > self._clock.now:
            return False
        cut = passage.over and passage.played < len(passage.samples)
        return not cut or self._clock.now < self._origins[passage] + passage.played - CUT

    def interval(self, passage: Passage) -> tuple[float, float]:
        """Seconds on the audio clock between which it may be heard, echo of the room included."""
        played = passage.played if passage.over else len(passage.samples)
        origin = self._origins.get(passage)
        if origin is not None:
            return origin / SAMPLE_RATE, (origin + played) / SAMPLE_RATE + TAIL_S
        start = self._clock.sample(passage.start)
        return (start + EARLIEST) / SAMPLE_RATE, (start + played + LATEST // 2) / SAMPLE_RATE + TAIL_S

    def search(self, passage: Passage) -> int:
        """Look for it in the newest sound. Returns how many samples later than thought it is; 0: nothing new."""
        if self.origin(passage) is None and passage.played >= FOUND_BY and self._late(passage):
            self._deaf = True
        earliest = self._clock.sample(passage.start) + EARLIEST
        end = self._clock.now
        start = max(end - WINDOW, earliest)
        if end - start < ENOUGH:
            return 0
        first = start - earliest - LATEST
        span = _cut(passage, first, first + LATEST + end - start)
        index, peak = locate(span, self._clock.last(start, end))
        return self._place(passage, earliest + LATEST - index, peak) if peak >= CLEAR else 0

    def _place(self, passage: Passage, origin: int, peak: float) -> int:
        known = self._origins.get(passage)
        if known is not None and abs(origin - known) <= DRIFT:
            self._doubts.pop(passage, None)
            return 0
        # A glitch of the devices moves the echo; one odd measurement must not. Nor must the same sound measured
        # twice: a person's first word may resemble the end of an answer that only headphones play.
        since = self._doubts.get(passage)
        if since is None or abs(origin - since[0]) > DRIFT:
            since = self._doubts[passage] = (origin, self._clock.now)
        unheard = self.unheard(passage)
        agreed = self._clock.now - since[1] >= (WINDOW if unheard else WINDOW // 2)
        if not agreed and not (known is None and peak >= SURE and not unheard):
            return 0
        self._deaf = False
        self._origins[passage] = origin
        self._settled[passage] = max(origin, self._clock.now) + LEARN_FOR
        return 0 if known is None else origin - known

    def forget(self, kept: tuple[Passage, ...]) -> None:
        self._origins = {p: origin for p, origin in self._origins.items() if p in kept}
        self._settled = {p: since for p, since in self._settled.items() if p in kept}
        self._doubts = {p: origin for p, origin in self._doubts.items() if p in kept}


class OwnVoiceGuard:
    """Fulfils ports.EchoGuard. `clean` and `ours` belong to the loop; `said` may come from any thread."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._clock = MicrophoneClock()
        self._placements = Placements(self._clock)
        self._canceller = Suppressor()
        self._traces: deque[Trace] = deque(maxlen=int(KEPT_S / FRAME_SECONDS))
        self._frames = 0

    def clean(self, frame: Audio) -> tuple[Audio, bool]:
        """Frames that cannot hold our voice come back as they are."""
        self._clock.hear(frame, self._reference.clock())
        heard = self._playing(frame.start, frame.end)
        if not heard:
            self._traces.append(Trace(frame.end, self._clock.rest()))
            return frame, False
        self._placements.forget(self._reference.passages())
        self._place(heard)
        if all(self._placements.origin(passage) is None for passage in heard):
            own = not all(map(self._placements.unheard, heard))
            self._traces.append(Trace(frame.end, float(np.mean(frame.samples**2)), own))
            return frame, own
        samples, person = self._canceller.clean(self._clock, lambda a, b: self._played(heard, a, b))
        cleaned = Audio(samples.astype(np.float32), frame.start)
        self._traces.append(self._trace(cleaned, person, all(map(self._placements.settled, heard))))
        return cleaned, True

    def _trace(self, cleaned: Audio, person: bool, known: bool) -> Trace:
        before = float(np.mean(self._clock.sound[-FRAME_SAMPLES:] ** 2))
        echo = before > max(TINY, 2 * self._clock.noise()) and self._canceller.left < before / 3
        return Trace(cleaned.end, float(np.mean(cleaned.samples**2)), True, known and echo, known and person)

    def ours(self, wake: Wake) -> bool:
        start = wake.end - PHRASE_S
        near = [trace for trace in tuple(self._traces) if trace.end > start]
        playing = self._playing(start, wake.end)
        if self._unheard(playing, near):
            return False
        if resembles(wake.word, self._spoken(playing, start, wake.end)):
            return not self._person(near, SURELY_S)
        return self._reaches(playing) and not self._person(near, LIKELY_S)

    def said(self, text: str, audio: Audio) -> bool:
        near = [t for t in tuple(self._traces) if audio.start < t.end <= audio.end + FRAME_SECONDS]
        playing = self._playing(audio.start, audio.end)
        if self._unheard(playing, near) or self._person(near, WORD_S):
            return False
        return self._reaches(playing) or resembles(text, self._spoken(playing, audio.start, audio.end))

    def _unheard(self, passages: list[Passage], near: list[Trace]) -> bool:
        """Whether we were silent, or are never found in this microphone's sound, as with headphones."""
        return all(map(self._placements.unheard, passages)) or not any(trace.own for trace in near)

    def _spoken(self, passages: list[Passage], start: float, end: float) -> str:
        return " ".join(words_between(p.text, self._placements.interval(p), start, end) for p in passages)

    def _playing(self, start: float, end: float) -> list[Passage]:
        return [p for p in self._reference.passages() if self._overlaps(p, start, end)]

    def _reaches(self, passages: list[Passage]) -> bool:
        """Whether our voice is heard by this microphone: with headphones it is not."""
        intervals = [self._placements.interval(passage) for passage in passages]
        echoes = [trace.end for trace in tuple(self._traces) if trace.echo]
        return any(first < end <= last for end in echoes for first, last in intervals)

    def _overlaps(self, passage: Passage, start: float, end: float) -> bool:
        first, last = self._placements.interval(passage)
        return first < end and start < last

    def _place(self, heard: list[Passage]) -> None:
        self._frames += 1
        for passage in heard:
            origin = self._placements.origin(passage)
            settled = origin is not None and self._clock.now - origin > NEW_FOR
            if self._frames % (TRACK_EVERY if settled else SEARCH_EVERY) == 0:
                moved = self._placements.search(passage)
                if moved:
                    self._canceller.moved(moved)
        origins = [o for o in map(self._placements.origin, heard) if o is not None]
        if origins and self._frames % SEARCH_EVERY == 0 and self._clock.now - max(origins) < NEW_FOR:
            self._canceller.rehearse(self._clock, lambda a, b: self._played(heard, a, b))

    def _played(self, heard: list[Passage], start: int, end: int) -> NDArray[np.float64]:
        """What of our voice is heard between these samples of the microphone, LEAD samples early."""
        total = np.zeros(end - start)
        for passage in heard:
            origin = self._placements.origin(passage)
            if origin is not None:
                total += _cut(passage, start - origin + LEAD, end - origin + LEAD)
        return total

    def _person(self, traces: list[Trace], least: float) -> bool:
        """Whether somebody else was heard for so many seconds."""
        loudest = max((trace.power for trace in traces), default=0.0)
        quiet = max(AUDIBLE, LOUD * self._clock.noise())
        heard = [t for t in traces if t.power > loudest / 100 and (t.person or (not t.own and t.power > quiet))]
        return len(heard) * FRAME_SECONDS >= least


class Suppressor:
    """The canceller, and a gain that closes while what it leaves is no more than it usually leaves."""

    FLOOR = 0.1  # amplitude; not silence: the detectors shall hear a room
    OPEN = 31  # steps that the gain stays open after somebody else was heard: half a second
    HOLD = 0.8  # of the echo's power, a step: a room rings on longer than the filter is
    LEAK = (-17.0, -9.0)  # dB, bounds of what the filter is believed to leave
    STEP = 0.1  # dB, by which that belief is corrected
    MARGIN = 6.0  # dB above it somebody else is heard

    def __init__(self) -> None:
        self._filter = Canceller()
        self._leak = self.LEAK[1]  # dB that the filter leaves of the echo, at most times
        self.left = 0.0  # power of what the filter left of the newest frame
        self._echo = 0.0  # power of our voice as it was predicted, with its tail
        self._open = 0
        self._gain = 1.0
        self._now = -1

    def clean(
        self, clock: MicrophoneClock, played: Callable[[int, int], NDArray[np.float64]]
    ) -> tuple[NDArray[np.float64], bool]:
        """The newest frame without our voice, and whether somebody else is heard in it."""
        start = clock.now - FRAME_SAMPLES
        if self._now != start:
            self._filter.prime(played(start - TAPS - HOP, start))
            self._leak = self.LEAK[1]
        reference, microphone = played(start, clock.now), clock.last(start, clock.now)
        noise = clock.noise()
        hops = [self._hop(reference[i : i + HOP], microphone[i : i + HOP], noise) for i in range(0, FRAME_SAMPLES, HOP)]
        self._now = clock.now
        self.left = sum(rest for _, rest, _ in hops) / len(hops)
        return np.concatenate([samples for samples, _, _ in hops]), any(person for _, _, person in hops)

    def _hop(
        self, reference: NDArray[np.float64], microphone: NDArray[np.float64], noise: float
    ) -> tuple[NDArray[np.float64], float, bool]:
        left, predicted = self._filter.step(reference, microphone)
        rest = float(np.mean(left**2))
        self._echo = max(float(np.mean(predicted**2)), self.HOLD * self._echo)
        ours = self._echo * 10 ** ((self._leak + self.MARGIN) / 10) + 2 * noise
        person = rest > 2 * ours and rest > AUDIBLE
        if self._echo > AUDIBLE:
            self._believe(rest, person)
        self._open = self.OPEN if person else self._open - 1
        gain = 1.0 if self._open > 0 else self.FLOOR
        faded = left * np.linspace(self._gain, gain, len(left))
        self._gain = gain
        return faded, rest, person

    def _believe(self, rest: float, person: bool) -> None:
        """Follow the level that four in five steps stay below; a person's voice is no reason to raise it fast."""
        ratio = 10 * np.log10(rest / self._echo + 1e-9)
        raised = self.STEP / 2 if person else 4 * self.STEP
        change = raised if ratio > self._leak else -self.STEP
        self._leak = float(np.clip(self._leak + change, *self.LEAK))

    def rehearse(self, clock: MicrophoneClock, played: Callable[[int, int], NDArray[np.float64]]) -> None:
        """Learn once more from the sound before the newest frame."""
        end = clock.now - FRAME_SAMPLES
        start = end - REHEARSED
        self._filter.prime(played(start - TAPS - HOP, start))
        reference, microphone = played(start, end), clock.last(start, end)
        for i in range(0, REHEARSED, HOP):
            self._filter.step(reference[i : i + HOP], microphone[i : i + HOP])
        self._now = end

    def moved(self, samples: int) -> None:
        self._filter.shift(samples)
        self._now = -1


def _cut(passage: Passage, start: int, end: int) -> NDArray[np.float64]:
    """Its samples, zeros where it has none."""
    known = passage.samples[: passage.played] if passage.over else passage.samples
    part = np.zeros(end - start)
    first, last = max(start, 0), min(end, len(known))
    if first < last:
        part[first - start : last - start] = known[first:last]
    return part
