"""How the tables are made: from recordings that experts scored, with scikit-learn (trees) and PyTorch (networks).

`aihear bench pronunciation DATASET... --write` makes them (make pronunciation-model), and without --write measures how
good such tables are on speakers that they have not heard.

A dataset is a folder with scores.jsonl (a line each: utt, speaker, audio, accuracy, fluency, prosodic, total 0-10,
words [{phones, phones_accuracy 0-2, accuracy, stress 0-10}]) and the recordings that it names.

Boosted trees score phones; others score words and sentences from the phones' scores, which for the training come
from trees that have not heard the speaker (stacking). A network scores all three levels at once. The means of both
count. Two more models find miscues, learnt from miscues that are made: a word cut out of the recording or more in the
text (it was left out), another text altogether, and a word of the same speaker spliced into the recording (it was
added). They are there twice: for the sound alone, and with what a recogniser says (forced_decoding.py).
Whether a word was said must also be told of voices unlike all of these: synthetic ones speak some of the texts.
"""

from __future__ import annotations

import multiprocessing
import zlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from ...errors import SettingsError
from ...types import Audio
from ..hearing.analysis import Analysis, Listening, lay, listen
from ..hearing.cepstra import STEP
from ..hearing.forced_alignment import Span
from ..hearing.forced_decoding import Hearing, Opinion, hear
from .evidence import Evidence, gather, sentence_features, word_features
from .miscues import gap_features, insertion_features, other_speech, presence_features, scored_presence, text_features
from .network import CLIP, SENTENCE_HEADS, WORD_HEADS, Network
from .scorer import FILE, PHONE_SCALE, SCALE, MiscueTrees, Scorer, with_opinion
from .tables import Trees

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Samples = NDArray[np.float32]
    Random = np.random.Generator
    Decode = Callable[[Path], Audio]
    Speak = Callable[[str, int], Samples]

SEEDS = 2  # networks whose mean counts
INNER_FOLDS = 4
EXTRAS = 2  # texts with a word more, of each recording
_TOTAL = (0.8, 0.1, 0.1)  # how the corpus makes the total of accuracy, fluency and prosody
SYNTHETIC = 360  # recordings of synthetic voices
_EPOCHS, _BATCH, _RATE, _DECAY = 40, 32, 2e-3, 1e-2
_WIDTH, _DROPOUT = 64, 0.3
_WORD_LOSS, _SENTENCE_LOSS = 0.3, 0.1
_TO_LOSS = SCALE / PHONE_SCALE  # words and sentences are learnt on the phones' scale
_PHONE_TREES: dict[str, Any] = {
    "max_iter": 150, "learning_rate": 0.06, "max_leaf_nodes": 15, "min_samples_leaf": 40, "l2_regularization": 5.0,
    "max_features": 0.3,
}  # fmt: skip
_UPPER_TREES: dict[str, Any] = {
    "max_iter": 120, "learning_rate": 0.05, "max_leaf_nodes": 7, "min_samples_leaf": 20, "l2_regularization": 5.0,
    "max_features": 0.3,
}  # fmt: skip
_ODDS_TREES: dict[str, Any] = _UPPER_TREES | {"max_iter": 200}


class Word(msgspec.Struct, frozen=True):
    text: str
    phones: list[str]
    phones_accuracy: list[float]
    accuracy: float
    stress: float


class Experts(msgspec.Struct, frozen=True):
    """Their own marks of the sentence, 0-10."""

    accuracy: list[float]
    fluency: list[float]
    prosodic: list[float]


class Scored(msgspec.Struct, frozen=True):
    """A line of scores.jsonl; other fields are let be."""

    utt: str
    speaker: str
    audio: str
    text: str
    accuracy: float
    fluency: float
    prosodic: float
    total: float
    words: list[Word]
    experts: Experts | None = None

    def wanted(self) -> Array:
        """The experts' means say more than their rounded middle."""
        import numpy as np

        if self.experts is None:
            return np.array([self.accuracy, self.fluency, self.prosodic, self.total])
        means = [np.mean(marks) for marks in (self.experts.accuracy, self.experts.fluency, self.experts.prosodic)]
        return np.array([*means, np.dot(means, _TOTAL)])


Case = Literal["plain", "extra", "cut", "other", "gone", "spliced", "word", "other word"]


@dataclass(frozen=True, eq=False)
class Presence:
    """A recording beside a text: its own ("plain"), with a word more in the text ("extra") or cut out of the recording
    ("cut"), with the rest cut off ("gone"), or another; or one word of it alone, beside that word or another one
    ("word", "other word").

    features: of each word (miscues.presence_features); opinion: a recogniser's; said: shape (words,), whether it was
    """

    case: Case
    evidence: Evidence
    features: Array
    opinion: Opinion
    said: Array


@dataclass(frozen=True, eq=False)
class Other:
    """Speech beside the text in a recording ("plain") and in one with a word more ("spliced").

    features: of each stretch (miscues.insertion_features); gaps: of each, a recogniser's (miscues.gap_features)
    added: shape (stretches,), whether it is that word
    """

    case: Case
    features: Array
    gaps: Array
    added: Array


@dataclass(frozen=True, eq=False)
class Example:
    """A recording's evidence and the experts' marks: of phones (n,), words (words, 2), the sentence (4,).

    wanted: the sentence's marks to learn: means of the experts where they are known one by one
    presence, other: miscues that were made of it, and what is found where there are none
    """

    utt: str
    speaker: str
    evidence: Evidence
    phones: Array
    words: Array
    sentence: Array
    wanted: Array
    presence: Sequence[Presence]
    other: Sequence[Other]


def read(folder: Path) -> list[Scored]:
    """Raises SettingsError."""
    try:
        lines = (folder / "scores.jsonl").read_text(encoding="utf-8").splitlines()
        return [msgspec.json.decode(line, type=Scored) for line in lines if line.strip()]
    except (OSError, msgspec.DecodeError) as error:
        raise SettingsError(f"{folder} is no scored dataset: {error}", "bad_dataset", "see training.py") from error


def examples(folders: Iterable[Path], decode: Decode, progress: Callable[[int, int], None]) -> list[Example]:
    """decode: reads a recording; progress: told (done, all). Recordings too short for their text are left away.

    On all processors, a speaker at a time: the same recordings give the same examples on any number of them.
    """
    rows = [(folder / row.audio, row) for folder in folders for row in read(folder)]
    speakers = sorted({row.speaker for _, row in rows})
    data: list[Example] = []
    done = 0
    with _processes() as pool:
        for number, found in enumerate(pool.map(partial(_of_speaker, rows, decode), speakers)):
            data += found
            done += sum(row.speaker == speakers[number] for _, row in rows)
            progress(done, len(rows))
    return data


def _processes() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn"))


def _of_speaker(rows: Sequence[tuple[Path, Scored]], decode: Decode, speaker: str) -> list[Example]:
    import numpy as np

    random = np.random.default_rng(zlib.crc32(speaker.encode()))
    pool = _Pool(rows, decode)
    found = [_example(decode(path).samples, row, pool, random) for path, row in rows if row.speaker == speaker]
    return [example for example in found if example is not None]


def _example(samples: Samples, row: Scored, pool: _Pool, random: Random) -> Example | None:
    import numpy as np

    heard = _Heard.of(samples)
    plain = heard.beside(row.words)
    if plain is None:
        return None
    pool.keep(row, plain)
    beside = [_presence("plain", heard, row.words, np.ones(len(row.words)))]
    for _ in range(EXTRAS):
        extra, at = pool.with_word_more(row.words, random)
        beside.append(_presence("extra", heard, extra, np.arange(len(extra)) != at))
    other = _other_text(pool.rows, row, random)
    beside.append(_presence("other", heard, other, np.zeros(len(other))))
    beside += _cut(samples, row.words, plain, other, random)
    spliced = pool.spliced(samples, row, plain, random)
    return Example(
        row.utt,
        row.speaker,
        gather(plain, _phones(row.words)),
        np.array([mark for word in row.words for mark in word.phones_accuracy]),
        np.array([(word.accuracy, word.stress) for word in row.words]),
        np.array([row.accuracy, row.fluency, row.prosodic, row.total]),
        row.wanted(),
        [one for one in beside if one is not None],
        [_others("plain", heard, row.words, None), *([_spliced(spliced, row.words)] if spliced else [])],
    )


@dataclass(frozen=True, eq=False)
class _Heard:
    """A recording, to be laid beside texts."""

    sound: Listening
    hearing: Hearing

    @classmethod
    def of(cls, samples: Samples) -> _Heard:
        hearing = hear(samples)
        if hearing is None:
            raise SettingsError("training needs the package moonshine-voice", "no_recogniser", "make setup installs it")
        return cls(listen(samples), hearing)

    def beside(self, words: Sequence[Word]) -> Analysis | None:
        return lay(self.sound, _phones(words))

    def opinion(self, words: Sequence[Word]) -> Opinion:
        return self.hearing.of([word.text for word in words])


def _phones(words: Sequence[Word]) -> list[list[str]]:
    return [word.phones for word in words]


def _presence(case: Case, heard: _Heard, words: Sequence[Word], said: Any) -> Presence | None:
    import numpy as np

    analysis = heard.beside(words)
    if analysis is None:
        return None
    evidence = gather(analysis, _phones(words))
    features = presence_features(analysis, evidence)
    return Presence(case, evidence, features, heard.opinion(words), np.asarray(said, np.float64))


def _cut(
    samples: Samples, words: Sequence[Word], analysis: Analysis, other: Sequence[Word], random: Random
) -> list[Presence | None]:
    """The recording without one of its words, and cut off between two, beside its text; one of its words alone, beside
    that and another."""
    import numpy as np

    spans = [Span(word[0].start, word[-1].end) for word in analysis.aligned.words if word]
    found: list[Presence | None] = []
    if len(words) > 1:
        place = int(random.integers(len(words)))
        rest = _Heard.of(_without(samples, spans[place]))
        found.append(_presence("cut", rest, words, np.arange(len(words)) != place))
    if len(words) > 2:
        place = int(random.integers(1, len(words)))
        begun = _Heard.of(samples[: (spans[place - 1].end + 2) * STEP])
        found.append(_presence("gone", begun, words, np.arange(len(words)) < place))
    place = int(random.integers(len(words)))
    alone = _Heard.of(samples[max(0, spans[place].start - 8) * STEP : (spans[place].end + 8) * STEP])
    right, wrong = [words[place]], [other[int(random.integers(len(other)))]]
    found.append(_presence("word", alone, right, np.ones(1)))
    if wrong[0].phones != right[0].phones:
        found.append(_presence("other word", alone, wrong, np.zeros(1)))
    return found


def _without(samples: Samples, span: Span) -> Samples:
    """The frames cut out, and the ends faded into each other for 10 ms."""
    import numpy as np

    before, after = samples[: span.start * STEP], samples[span.end * STEP :]
    width = min(STEP, len(before), len(after))
    rise = np.linspace(0, 1, width, dtype=np.float32)
    joint = before[len(before) - width :] * (1 - rise) + after[:width] * rise
    return np.concatenate([before[: len(before) - width], joint, after[width:]])


def _others(case: Case, heard: _Heard, words: Sequence[Word], added: Span | None) -> Other:
    """added: where the word too many is."""
    import numpy as np

    analysis = heard.beside(words)
    spans = other_speech(analysis) if analysis is not None else []
    if analysis is None or not spans:
        return Other(case, np.empty((0, 0)), np.empty((0, 0)), np.empty(0))
    features = insertion_features(analysis, gather(analysis, _phones(words)), spans)
    gaps = gap_features(analysis, spans, heard.opinion(words))
    return Other(case, features, gaps, np.array([_is(span, added) for span in spans], np.float64))


def _is(span: Span, added: Span | None) -> bool:
    if added is None:
        return False
    common = min(span.end, added.end) - max(span.start, added.start)
    return common > 0.4 * min(span.frames, added.frames)


def _spliced(spliced: tuple[Samples, Span], words: Sequence[Word]) -> Other:
    samples, added = spliced
    return _others("spliced", _Heard.of(samples), words, added)


def synthetic(folders: Iterable[Path], speak: Speak, count: int = SYNTHETIC) -> list[Presence]:
    """Texts that `speak(text, number)` says, each number in a voice of its own: with a word left out, word by word
    with pauses, or a single word."""
    rows = [row for folder in folders for row in read(folder)]
    with _processes() as pool:
        made = pool.map(partial(_synthetic, rows, speak), range(count), chunksize=8)
        return [one for found in made for one in found if one is not None]


def _synthetic(rows: Sequence[Scored], speak: Speak, number: int) -> list[Presence | None]:
    import numpy as np

    random = np.random.default_rng(number)
    row = rows[int(random.integers(len(rows)))]
    kind = number % 4
    words = [row.words[int(random.integers(len(row.words)))]] if kind == 3 else row.words
    other = _other_text(rows, row, random)[: len(words) if kind == 3 else None]
    gone = int(random.integers(len(words))) if len(words) > 1 and kind == 1 else -1
    texts = [word.text.lower() for place, word in enumerate(words) if place != gone]
    pieces = texts if kind == 2 else [" ".join(texts)]
    heard = _Heard.of(np.concatenate([speak(piece, number) for piece in pieces]))
    case: Case = "word" if kind == 3 else "gone"
    made = [_presence(case, heard, words, np.arange(len(words)) != gone)]
    if other[0].phones != words[0].phones:
        wrong: Case = "other word" if kind == 3 else "other"
        made.append(_presence(wrong, heard, other, np.zeros(len(other))))
    return made


def _other_text(rows: Sequence[Scored], row: Scored, random: Random) -> list[Word]:
    others = [other for other in rows if other.text != row.text]
    return others[random.integers(len(others))].words


class _Pool:
    """Words to make miscues of. A word that is spliced in is one that the same speaker said in a recording before."""

    def __init__(self, rows: Sequence[tuple[Path, Scored]], decode: Decode) -> None:
        self.rows = [row for _, row in rows]
        self._paths = {row.utt: path for path, row in rows}
        self._decode = decode
        self._spans: dict[str, list[tuple[Scored, list[Span]]]] = {}

    def keep(self, row: Scored, analysis: Analysis) -> None:
        spans = [Span(word[0].start, word[-1].end) for word in analysis.aligned.words if word]
        self._spans.setdefault(row.speaker, []).append((row, spans))

    def with_word_more(self, words: Sequence[Word], random: Random) -> tuple[list[Word], int]:
        donor = self.rows[random.integers(len(self.rows))]
        word = donor.words[random.integers(len(donor.words))]
        at = int(random.integers(len(words) + 1))
        return [*words[:at], word, *words[at:]], at

    def spliced(self, samples: Samples, row: Scored, analysis: Analysis, random: Random) -> tuple[Samples, Span] | None:
        """The recording with a word more, and where that is; None for a speaker's first recording."""
        import numpy as np

        mates = [mate for mate in self._spans[row.speaker] if mate[0].utt != row.utt]
        if not mates:
            return None
        donor, spans = mates[random.integers(len(mates))]
        cut = spans[random.integers(len(spans))]
        piece = self._decode(self._paths[donor.utt]).samples[cut.start * STEP : (cut.end + 1) * STEP].copy()
        fade = np.linspace(0, 1, min(STEP, len(piece) // 4), dtype=np.float32)
        piece[: len(fade)] *= fade
        piece[len(piece) - len(fade) :] *= fade[::-1]
        words = [word for word in analysis.aligned.words if word]
        place = int(random.integers(len(words) + 1))
        at = words[place][0].start if place < len(words) else words[-1][-1].end + 1
        whole = np.concatenate([samples[: at * STEP], piece, samples[at * STEP :]])
        return whole, Span(at, at + len(piece) // STEP)


def folds(speakers: Sequence[str], count: int, seed: int = 0) -> NDArray[np.int64]:
    """Of each recording its fold; all of a speaker's are in one."""
    import numpy as np

    known = sorted(set(speakers))
    np.random.default_rng(seed).shuffle(known)
    fold_of = {speaker: index % count for index, speaker in enumerate(known)}
    return np.array([fold_of[speaker] for speaker in speakers])


def train(data: Sequence[Example], spoken: Sequence[Presence] = (), seeds: int = SEEDS) -> Scorer:
    """spoken: from `synthetic`."""
    import numpy as np

    phones = _phone_trees(data)
    judges = _unhearing(data)
    pairs = [(example.evidence, judge.predict(example.evidence.phones)) for example, judge in judges]
    about_words = np.vstack([word_features(evidence, scores) for evidence, scores in pairs])
    about_all = np.vstack([sentence_features(evidence, scores) for evidence, scores in pairs])
    word_marks = np.vstack([example.words for example, _ in judges])
    sentence_marks = np.vstack([example.wanted for example, _ in judges])
    beside = [(one, judge) for example, judge in judges for one in example.presence] + [(one, phones) for one in spoken]
    others = [other for example in data for other in example.other]
    return Scorer(
        phones,
        [_trees(about_words, marks, _UPPER_TREES) for marks in word_marks.T],
        [_trees(about_all, marks, _UPPER_TREES) for marks in sentence_marks.T],
        [_network(data, seed) for seed in range(seeds)],
        _miscue_trees(beside, others, informed=False),
        _miscue_trees(beside, others, informed=True),
    )


def _miscue_trees(beside: Sequence[tuple[Presence, Trees]], others: Sequence[Other], informed: bool) -> MiscueTrees:
    """informed: with what a recogniser says."""
    import numpy as np

    scored = [scored_presence(one.features, one.evidence, judge.predict(one.evidence.phones)) for one, judge in beside]
    if informed:
        scored = [with_opinion(rows, one.opinion.words) for rows, (one, _) in zip(scored, beside, strict=True)]
    right = [index for index, (one, _) in enumerate(beside) if one.case != "other"]
    said = _odds(np.vstack([scored[index] for index in right]), np.hstack([beside[index][0].said for index in right]))
    of_text = np.array([one.case not in ("other", "other word") for one, _ in beside], np.float64)
    some = [one for one in others if len(one.added)]
    stretches = [with_opinion(one.features, one.gaps) if informed else one.features for one in some]
    return MiscueTrees(
        said,
        _odds(np.array([text_features(one) for one in scored]), of_text),
        _odds(np.vstack(stretches), np.hstack([one.added for one in some])),
    )


def cross_validated(data: Sequence[Example], count: int, spoken: Sequence[Presence] = ()) -> list[Scorer]:
    """Of each recording a scorer that has not heard its speaker."""
    fold = folds([example.speaker for example in data], count)
    scorers = [
        train([example for example, mine in zip(data, fold, strict=True) if mine != number], spoken)
        for number in range(count)
    ]
    return [scorers[mine] for mine in fold]


def _phone_trees(data: Sequence[Example]) -> Trees:
    import numpy as np

    features = np.vstack([example.evidence.phones for example in data])
    return _trees(features, np.concatenate([example.phones for example in data]), _PHONE_TREES)


def _unhearing(data: Sequence[Example]) -> list[tuple[Example, Trees]]:
    """Each recording with trees for phones that have not heard its speaker."""
    fold = folds([example.speaker for example in data], INNER_FOLDS, seed=1)
    trees = [
        _phone_trees([example for example, mine in zip(data, fold, strict=True) if mine != number])
        for number in range(INNER_FOLDS)
    ]
    return [(example, trees[mine]) for example, mine in zip(data, fold, strict=True)]


def _trees(features: NDArray[Any], marks: Array, options: dict[str, Any]) -> Trees:
    from sklearn.ensemble import HistGradientBoostingRegressor

    model = HistGradientBoostingRegressor(**options, early_stopping=False, random_state=0)
    return _written_out(model.fit(features, marks))


def _odds(features: Array, labels: Array) -> Trees:
    """Trees whose sum is a log odds."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    model = HistGradientBoostingClassifier(**_ODDS_TREES, early_stopping=False, random_state=0)
    return _written_out(model.fit(features, labels))


def _written_out(model: Any) -> Trees:
    """Of scikit-learn's own nodes."""
    import numpy as np

    parts, roots, total = [], [], 0
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        leaf = nodes["is_leaf"].astype(bool)
        parts.append((
            np.where(leaf, -1, nodes["feature_idx"]), np.where(leaf, nodes["value"], nodes["num_threshold"]),
            nodes["left"].astype(np.int64) + total, nodes["right"].astype(np.int64) + total,
        ))  # fmt: skip
        roots.append(total)
        total += len(nodes)
    feature, threshold, left, right = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Trees(
        feature.astype(np.int16), threshold.astype(np.float32), left.astype(np.int32), right.astype(np.int32),
        np.array(roots, np.int32), float(model._baseline_prediction.ravel()[0]),
    )  # fmt: skip


# -- the network -------------------------------------------------------------------------------------------


def _network(data: Sequence[Example], seed: int) -> Network:
    import numpy as np
    import torch

    torch.manual_seed(seed)
    features = np.vstack([example.evidence.phones for example in data])
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-3
    net = _Net(features.shape[1])
    _fit(net, _tensors(data, mean, spread), seed)
    parameters = {name: value.detach().numpy() for name, value in net.module.state_dict().items()}
    for head in ("word", "sentence"):
        for part in ("weight", "bias"):
            parameters[f"{head}.{part}"] = parameters[f"{head}.{part}"] * np.float32(_TO_LOSS)
    return Network(parameters, mean.astype(np.float32), spread.astype(np.float32))


class _Net:
    """network.Network, as PyTorch trains it."""

    def __init__(self, inputs: int) -> None:
        from torch import nn

        self.module = nn.ModuleDict({
            "enter": nn.Linear(inputs, _WIDTH),
            "row": nn.GRU(_WIDTH, _WIDTH // 2, 2, batch_first=True, bidirectional=True, dropout=_DROPOUT),
            "phone": nn.Linear(2 * _WIDTH, 1),
            "word": nn.Linear(2 * _WIDTH, len(WORD_HEADS)),
            "sentence": nn.Linear(2 * _WIDTH, len(SENTENCE_HEADS)),
        })  # fmt: skip
        self._drop = nn.Dropout(_DROPOUT)

    def __call__(self, inputs: Any, lengths: Any) -> tuple[Any, Any, Any]:
        import torch
        from torch.nn.utils import rnn

        hidden = torch.relu(self.module["enter"](self._drop(inputs)))
        packed = rnn.pack_padded_sequence(hidden, lengths, batch_first=True, enforce_sorted=False)
        states, _ = rnn.pad_packed_sequence(self.module["row"](packed)[0], batch_first=True)
        both = self._drop(torch.cat([hidden, states], dim=2))
        inside = (torch.arange(both.shape[1])[None] < lengths[:, None])[:, :, None]
        mean = (both * inside).sum(dim=1) / lengths[:, None]
        return self.module["phone"](both)[:, :, 0], self.module["word"](both), self.module["sentence"](mean)


def _tensors(data: Sequence[Example], mean: Array, spread: Array) -> list[tuple[Any, ...]]:
    """Of each recording: features, marks of phones, of the word around each phone, of the sentence."""
    import numpy as np
    import torch

    def tensor(values: Any) -> Any:
        return torch.tensor(np.asarray(values, np.float32))

    return [
        (
            tensor(np.clip((example.evidence.phones - mean) / spread, -CLIP, CLIP)),
            tensor(example.phones),
            tensor(example.words[example.evidence.word_of] / _TO_LOSS),
            tensor(example.wanted / _TO_LOSS),
        )
        for example in data
    ]


def _fit(net: _Net, data: Sequence[tuple[Any, ...]], seed: int) -> None:
    import numpy as np
    import torch

    random = np.random.default_rng(seed)
    parameters = list(net.module.parameters())
    optimiser = torch.optim.AdamW(parameters, lr=_RATE, weight_decay=_DECAY)
    batches = max(1, len(data) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=_EPOCHS * batches)
    net.module.train()
    for _ in range(_EPOCHS):
        order = random.permutation(len(data))
        for batch in range(batches):
            loss = _loss(net, [data[index] for index in order[batch * _BATCH : (batch + 1) * _BATCH]])
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            schedule.step()


def _loss(net: _Net, batch: Sequence[tuple[Any, ...]]) -> Any:
    """Mean squared errors of all levels."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    inputs, phones, words, sentences = zip(*batch, strict=True)
    lengths = torch.tensor([len(one) for one in inputs])
    of_phone, of_word, of_sentence = net(pad_sequence(inputs, batch_first=True), lengths)
    inside = torch.arange(of_phone.shape[1])[None] < lengths[:, None]
    phone_loss = (of_phone[inside] - torch.cat(phones)).square().mean()
    word_loss = (of_word[inside] - torch.cat(words)).square().mean()
    sentence_loss = (of_sentence - torch.stack(sentences)).square().mean()
    return phone_loss + _WORD_LOSS * word_loss + _SENTENCE_LOSS * sentence_loss


def write(scorer: Scorer, path: Path = FILE) -> None:
    import numpy as np

    np.savez_compressed(path, **scorer.arrays())
