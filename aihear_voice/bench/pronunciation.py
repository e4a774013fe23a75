"""aihear bench pronunciation: how well the scores agree with human experts, and how many miscues are found.

By cross-validation over speakers: tables are trained on all speakers but a fifth, and score that fifth; nobody is
scored by tables that have heard him. `--shipped` scores with the tables of this package instead (for recordings that
they were not made from); `--write` then makes those tables from all recordings.

Miscues are made: a word more in the text, or one cut out of the recording, stands for one left out; a word of the same
speaker, spliced into the recording, for one too many. They are looked for with a recogniser's opinion of the text
(pronunciation/hearing/forced_decoding.py) and without; in use Whisper's transcript helps to find words too many.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import EXIT_DONE, SettingsError
from ..types import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..pronunciation.scoring.scorer import Scorer, Scores
    from ..pronunciation.scoring.training import Example, Presence
    from ..types import Samples

    Array = NDArray[np.float64]
    Found = dict[str, Any]

FALSE_ALARMS_A_WORD = (0.5, 1.0, 2.0, 4.0)  # per cent of the words that were said
FALSE_ALARMS_A_RECORDING = (1.0, 2.0, 5.0, 10.0)  # per cent of the recordings without a word too many
# Those that speak for the training; the tests use others.
VARIANTS = (
    "adam", "Andy", "anika", "aunty", "boris", "caleb", "david", "ed", "edward", "iven", "john", "klatt", "klatt4",
    "m1", "m2", "m3", "m4", "m5", "f1", "f2", "f4", "f5", "Lee", "Mario", "Michael", "norbert", "pablo", "paul",
    "quincy", "rob", "robert", "sandro", "shelby", "steph3", "zac",
)  # fmt: skip
VOICES = (
    *("flite:awb", "flite:kal", "flite:kal16") * 4,
    *("espeak-ng:en-us", "espeak-ng:en-gb", "espeak-ng:en-gb-x-rp", "espeak-ng:en-gb-scotland"),
    *(f"espeak-ng:en-us+{variant}" for variant in VARIANTS),
)
WRONG_PHONE, WRONG_WORD = 1.0, 5.0  # marks below (at most) which experts call it wrong


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("datasets", nargs="+", type=Path, metavar="DATASET", help="folders with scores.jsonl")
    parser.add_argument("--folds", type=int, default=5, metavar="N", help="of the cross-validation (5)")
    parser.add_argument("--shipped", action="store_true", help="score with the shipped tables, without any training")
    parser.add_argument("--write", action="store_true", help="then train on everything, and write the shipped tables")


def run(arguments: argparse.Namespace) -> int:
    from ..audio.file import decode
    from ..pronunciation.scoring import training
    from ..pronunciation.scoring.scorer import FILE

    if arguments.folds < 2:
        raise SettingsError("--folds must be 2 or more", "bad_usage", "5 is usual")
    data, seconds = _timed(lambda: training.examples(arguments.datasets, decode, _progress))
    spoken = [] if arguments.shipped else training.synthetic(arguments.datasets, _speak)
    result = _judged(data, spoken, arguments) | {"preparing_s": round(seconds, 1)}
    _show(result)
    if arguments.write:
        training.write(training.train(data, spoken))
        print(f"{FILE}: {FILE.stat().st_size / 1e6:.1f} MB", file=sys.stderr)
    if arguments.json:
        print(json.dumps(result))
    return EXIT_DONE


def _speak(text: str, number: int) -> Samples:
    import numpy as np

    from . import sounds

    voice = VOICES[number % len(VOICES)]
    spoken = sounds.spoken(text, voice)
    quiet = np.zeros(SAMPLE_RATE // 5, np.float32)
    return np.concatenate([quiet, spoken, quiet])


def _timed(make: Any) -> tuple[Any, float]:
    begun = time.perf_counter()
    return make(), time.perf_counter() - begun


def _progress(done: int, of: int) -> None:
    print(f"\r{done} of {of} recordings heard", end="" if done < of else "\n", file=sys.stderr, flush=True)


def _judged(data: Sequence[Example], spoken: Sequence[Presence], arguments: argparse.Namespace) -> Found:
    from ..pronunciation.scoring import scorer, training

    shipped = [scorer.shipped()] * len(data) if arguments.shipped else None
    judges = shipped or training.cross_validated(data, arguments.folds, spoken)
    scores = [judge.score(example.evidence) for judge, example in zip(judges, data, strict=True)]
    return {
        "benchmark": "pronunciation",
        "method": "shipped tables" if arguments.shipped else f"{arguments.folds} folds by speaker",
        "recordings": len(data),
        "speakers": len({example.speaker for example in data}),
        "levels": agreement(data, scores),
        "omissions": omissions(data, judges, "extra"),
        "omissions cut": omissions(data, judges, "cut"),
        "omissions by sound": omissions(data, judges, "extra", informed=False),
        "omissions cut by sound": omissions(data, judges, "cut", informed=False),
        "insertions": insertions(data, judges),
        "insertions by sound": insertions(data, judges, informed=False),
        "texts": refusals(data, judges),
    }


def agreement(data: Sequence[Example], scores: Sequence[Scores]) -> Found:
    """By level: n, PCC, MSE on the experts' scale, and AUC of what they call wrong."""
    import numpy as np

    from ..pronunciation.scoring.network import SENTENCE_HEADS, WORD_HEADS

    phones = np.concatenate([example.phones for example in data])
    words, sentences = (np.vstack([getattr(example, level) for example in data]) for level in ("words", "sentence"))
    mine = np.concatenate([score.phones for score in scores])
    found = {"phone accuracy": _compared(mine, phones, phones < WRONG_PHONE)}
    by_word = np.vstack([score.words for score in scores])
    for index, head in enumerate(WORD_HEADS):
        found[f"word {head}"] = _compared(by_word[:, index], words[:, index], words[:, index] <= WRONG_WORD)
    by_sentence = np.vstack([score.sentence for score in scores])
    for index, head in enumerate(SENTENCE_HEADS):
        found[f"sentence {head}"] = _compared(by_sentence[:, index], sentences[:, index], None)
    return found


def _compared(mine: Array, experts: Array, wrong: NDArray[np.bool_] | None) -> Found:
    import numpy as np

    found = {
        "n": len(mine),
        "pcc": round(float(np.corrcoef(mine, experts)[0, 1]), 4),
        "mse": round(float(np.square(mine - experts).mean()), 4),
    }
    return found if wrong is None else found | {"auc": round(_auc(-mine, wrong), 4)}


def _auc(suspicion: Array, wrong: NDArray[np.bool_]) -> float:
    """Probability that a wrong one is more suspicious than a right one (ties count half)."""
    import numpy as np

    if wrong.all() or not wrong.any():
        return float("nan")
    right = np.sort(suspicion[~wrong])
    below, up_to = (np.searchsorted(right, suspicion[wrong], side) for side in ("left", "right"))
    return float((below + up_to).mean() / 2 / len(right))


def omissions(data: Sequence[Example], judges: Sequence[Scorer], case: str, informed: bool = True) -> Found:
    """Words left out that are found, in per cent, by the share of said words that are called left out.

    case: "extra", a word more in the text, or "cut", a word cut out of the recording
    informed: with a recogniser's opinion
    """
    import numpy as np

    there, gone = [], []
    for example, judge in zip(data, judges, strict=True):
        for one in example.presence:
            if one.case == case:
                presence, _ = judge.presence(one.evidence, one.features, one.opinion if informed else None)
                there.append(presence[one.said == 1])
                gone.append(presence[one.said == 0])
    return _curve(1 - np.concatenate(there), 1 - np.concatenate(gone), FALSE_ALARMS_A_WORD)


def insertions(data: Sequence[Example], judges: Sequence[Scorer], informed: bool = True) -> Found:
    """Words too many that are found, in per cent, by the share of recordings without one in which one is found."""
    import numpy as np

    plain, spliced = [], []
    for example, judge in zip(data, judges, strict=True):
        for one in example.other:
            gaps = one.gaps if informed else None
            odds = judge.insertion(one.features, gaps) if len(one.added) else np.zeros(0)
            if one.case == "plain":
                plain.append(odds.max(initial=0.0))
            else:
                spliced.append((odds * (one.added == 1)).max(initial=0.0))
    return _curve(np.array(plain), np.array(spliced), FALSE_ALARMS_A_RECORDING)


def _curve(good: Array, bad: Array, alarms: Sequence[float]) -> Found:
    """Suspicions of what is right and of miscues. Of each share of false alarms: the threshold, and what is found."""
    import numpy as np

    rows = []
    for share in alarms:
        threshold = float(np.quantile(good, 1 - share / 100))
        found = round(100 * float((bad > threshold).mean()), 1)
        rows.append({"false_alarms": share, "threshold": round(threshold, 3), "found": found})
    return {"n": len(bad), "of": len(good), "curve": rows}


def refusals(data: Sequence[Example], judges: Sequence[Scorer]) -> Found:
    """Per cent of recordings refused, of the right text, of the right text with a word more, and of another text."""
    from ..pronunciation.by_phones import not_that_text

    counts: dict[str, list[bool]] = {}
    for example, judge in zip(data, judges, strict=True):
        for one in example.presence:
            presence = judge.presence(one.evidence, one.features, one.opinion)
            counts.setdefault(one.case, []).append(not_that_text(*presence))
    return {f"refused_{case}": round(100 * sum(refused) / len(refused), 2) for case, refused in counts.items()}


def _show(result: Found) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table(title=f"{result['recordings']} recordings, {result['speakers']} speakers, {result['method']}")
    for head in ("level", "n", "PCC", "MSE", "AUC"):
        table.add_column(head, justify="left" if head == "level" else "right")
    for level, row in result["levels"].items():
        auc = f"{row['auc']:.3f}" if "auc" in row else ""
        table.add_row(level, str(row["n"]), f"{row['pcc']:.3f}", f"{row['mse']:.3f}", auc)
    console.print(table)
    for name in (key for key in result if key.startswith(("omissions", "insertions"))):
        unit = "words said" if name.startswith("omissions") else "recordings"
        for row in result[name]["curve"]:
            told = f"{row['found']:.1f} % found at {row['false_alarms']} % false alarms of {unit}"
            console.print(f"{name}: {told} (threshold {row['threshold']})")
    console.print("refused: " + ", ".join(f"{name[8:]} {share} %" for name, share in result["texts"].items()))
