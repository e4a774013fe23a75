"""The networks behind the wake words, in two packages: which one can be had depends on Python's version.

Both run the same networks a step of 80 ms at a time: sound -> mel frames -> one embedding -> one score a word.

The networks were trained on phrases that end in silence: of those with a command in the same breath they
miss every second one (53 % heard at the threshold 0.5, 27 synthetic voices). So each step also asks what the
score would be if the speaker fell silent now (`if_it_ended`). With that, 97 % are heard, and it tells where
the phrase ends. It costs as much as a dozen steps, so a first look at two steps of silence decides whether
the rest is worth computing: in read English speech it is in 1 % of the steps.
"""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .. import networks
from ..errors import ModelError, SettingsError
from ..types import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pcm = NDArray[np.int16]
    Floats = NDArray[np.float32]
    _FeatureState = tuple[Floats, int, Floats, int]
    _WordState = tuple[Floats, int]

STEP_SAMPLES = 1280  # 80 ms
SILENT_STEPS = 6  # of silence that are imagined: the scores peak 0.4-0.5 s after a phrase
LOOK_STEPS = 2  # of these, in the cheap first look
LOOK_SCORE = 0.005  # from which the rest is computed
_GLANCES = (2, 4, 6)  # steps of settled silence, which cost next to nothing, before even that look
_GLANCE_SCORE = 0.0005  # from which it is taken; 318 steps that mattered had 0.01 at least, 95 % of other speech less
_QUIET_RMS = 30.0  # of the imagined silence, in 16-bit units: a room, not digital zero
_MELS = 76  # frames of 10 ms behind each embedding
_MELS_A_STEP = 8
_MEL_OVERLAP = 480  # samples of the step before that the mel frames of a step need


class WakeModels(Protocol):
    """Scores, 0-1, one a word."""

    def step(self, samples: Pcm) -> Sequence[float]:
        """samples: the next STEP_SAMPLES, 16 bit."""

    def if_it_ended(self, look: float) -> Sequence[float]:
        """Were silence to follow now; zeros where no word's first look reaches `look`."""

    def reset(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Word:
    """A phrase and the file of its network."""

    phrase: str
    path: Path


def load(words: Sequence[str]) -> tuple[tuple[Word, ...], WakeModels]:
    """words: phrases, or paths of networks. Raises SettingsError, ModelError."""
    if not words:
        raise SettingsError("no wake word is set", "no_wake_word", "set wake.words, or wake.enabled = false")
    for package, pattern, backend in (
        ("openwakeword", "resources/models/{}_v0.1.onnx", OnnxModels),
        ("pyopen_wakeword", "models/{}.tflite", TfliteModels),
    ):
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            continue
        folder = Path(spec.submodule_search_locations[0])
        found = tuple(_word(word, folder, pattern) for word in words)
        with contextlib.suppress(ImportError):  # something that the package needs is missing: try the other
            return found, backend(folder, [word.path for word in found])
    raise ModelError("no package for wake words is installed", "no_wake_package", "pip install aihear-voice again")


def _word(word: str, folder: Path, pattern: str) -> Word:
    suffix = Path(pattern).suffix
    if word.endswith((".onnx", ".tflite")) or "/" in word:
        return _own_word(Path(word).expanduser(), suffix)
    known = _known(folder, pattern)
    phrase = " ".join(word.lower().replace("_", " ").split())
    if phrase in known:
        return Word(phrase, known[phrase])
    hint = f"known: {', '.join(known)}; or the path of a {suffix} network"
    raise SettingsError(f"there is no wake word {word!r}", "unknown_wake_word", hint)


def _known(folder: Path, pattern: str) -> dict[str, Path]:
    """Phrases and files in the package, sorted."""
    prefix, _, ending = Path(pattern).name.partition("{}")
    files = sorted((folder / pattern).parent.glob(f"{prefix}*{ending}"))
    phrases = {path.name.removesuffix(ending).replace("_", " "): path for path in files}
    return {phrase: path for phrase, path in phrases.items() if phrase not in _NO_PHRASES}


# Files beside the words' own; "timer" and "weather" are whole commands.
_NO_PHRASES = ("embedding model", "melspectrogram", "timer", "weather")


def _own_word(path: Path, suffix: str) -> Word:
    if not path.is_file():
        raise SettingsError(f"there is no wake word at {path}", "no_wake_model", "check wake.words")
    if path.suffix != suffix:
        raise SettingsError(f"{path.name} is no {suffix} network", "bad_wake_model", f"this Python needs {suffix}")
    return Word(path.stem.replace("_", " "), path)


class OnnxModels:
    """The networks inside the package openwakeword: 0.85 ms a step and 0.8 ms for each imagined one.

    The package itself is not imported: it would bring scikit-learn along, 120 MB and two seconds.
    """

    def __init__(self, folder: Path, paths: Sequence[Path]) -> None:
        """Raises ModelError."""
        models = folder / "resources" / "models"
        try:
            self._mel: Any = networks.load(models / "melspectrogram.onnx")
            self._embedding: Any = networks.load(models / "embedding_model.onnx")
            self._words: list[Any] = [networks.load(path) for path in paths]
        except ImportError:
            raise
        except Exception as error:  # onnxruntime has no base class of its own errors
            raise ModelError(
                f"the wake word cannot be loaded: {error}", "bad_wake_model", "check wake.words"
            ) from error
        if any(word.get_outputs()[0].shape[1] != 1 for word in self._words):
            raise ModelError("a wake word's network must have one output", "bad_wake_model", "check wake.words")
        self._names = [word.get_inputs()[0].name for word in self._words]
        self._depths = [int(word.get_inputs()[0].shape[1]) for word in self._words]  # embeddings that it looks at
        quiet = np.random.default_rng(0).normal(0, _QUIET_RMS, 2 * SAMPLE_RATE)
        self._quiet_end: Floats = quiet[-_MEL_OVERLAP:].astype(np.int16).astype(np.float32)
        self._quiet: Floats = self._mels(quiet.astype(np.int16).astype(np.float32))
        settled = self._embed(self._quiet, range(0, len(self._quiet) - _MELS + 1, _MELS_A_STEP))
        self._settled: Floats = settled[np.arange(-max(self._depths), 0) % len(settled)]
        self._quiet_mels: Floats = self._quiet[-_MELS - _MELS_A_STEP :]  # a step more, for `_imagine`
        self._sound_end, self._heard_mels, self._embeddings = self._quiet_end, self._quiet_mels, self._settled

    def step(self, samples: Pcm) -> Sequence[float]:
        sound = np.concatenate((self._sound_end, samples.astype(np.float32)))
        self._sound_end = sound[-_MEL_OVERLAP:]
        self._heard_mels = np.concatenate((self._heard_mels[_MELS_A_STEP:], self._mels(sound)))
        newest = self._embed(self._heard_mels, [len(self._heard_mels) - _MELS])
        self._embeddings = np.concatenate((self._embeddings[1:], newest))
        return self._scores(self._embeddings)

    def if_it_ended(self, look: float) -> Sequence[float]:
        if look and not (self._glance() and max(self._imagine(LOOK_STEPS)) >= look):
            return [0.0] * len(self._words)
        # A step is long beside the moment at which a phrase is over: half a step ago counts, too.
        endings = [self._imagine(SILENT_STEPS, ago) for ago in (0, _MELS_A_STEP // 2)]
        return [max(scores) for scores in zip(*endings, strict=True)]

    def reset(self) -> None:
        """As after silence."""
        self._sound_end, self._heard_mels, self._embeddings = self._quiet_end, self._quiet_mels, self._settled

    def _glance(self) -> bool:
        """Whether it might be worth a look: as if the speech broke off, without its last sound dying away."""
        broken_off = (np.concatenate((self._embeddings, self._settled[-steps:])) for steps in _GLANCES)
        return any(max(self._scores(embeddings)) >= _GLANCE_SCORE for embeddings in broken_off)

    def _imagine(self, steps: int, ago: int = 0) -> list[float]:
        """Scores after so many steps of a silence that begins now, or so many mel frames ago."""
        heard = self._heard_mels[len(self._heard_mels) - _MELS - ago : len(self._heard_mels) - ago]
        mels = np.concatenate((heard, self._quiet[: steps * _MELS_A_STEP]))
        imagined = self._embed(mels, range(_MELS_A_STEP, len(mels) - _MELS + 1, _MELS_A_STEP))
        return self._scores(np.concatenate((self._embeddings, imagined)))

    def _mels(self, sound: Floats) -> Floats:
        """sound: 16-bit values; shape (frames of 10 ms, 32), scaled as the embedding's network was trained."""
        mels: Floats = self._mel.run(None, {"input": sound[None]})[0].reshape(-1, 32)
        return mels / np.float32(10) + np.float32(2)

    def _embed(self, mels: Floats, starts: Iterable[int]) -> Floats:
        """mels: shape (frames, 32); shape (windows, 96), a window from each of `starts`."""
        windows = [mels[start : start + _MELS, :, None] for start in starts]
        # One at a time: a batch is no faster a window, and its memory would stay.
        return np.concatenate([self._embedding.run(None, {"input_1": one[None]})[0].reshape(1, -1) for one in windows])

    def _scores(self, embeddings: Floats) -> list[float]:
        return [
            float(np.max(word.run(None, {name: embeddings[None, -depth:]})[0]))
            for word, name, depth in zip(self._words, self._names, self._depths, strict=True)
        ]


class TfliteModels:
    """Through pyopen_wakeword, for Pythons that openwakeword's tflite-runtime does not reach (3.12 on)."""

    def __init__(self, folder: Path, paths: Sequence[Path]) -> None:
        """Raises ModelError."""
        from pyopen_wakeword import OpenWakeWord, OpenWakeWordFeatures

        try:
            self._features: Any = OpenWakeWordFeatures.from_builtin()
            self._words: list[Any] = [OpenWakeWord.from_model(path) for path in paths]
        except Exception as error:  # what ctypes and the C library raise
            raise ModelError(
                f"the wake word cannot be loaded: {error}", "bad_wake_model", "check wake.words"
            ) from error
        quiet = np.random.default_rng(0).normal(0, _QUIET_RMS, STEP_SAMPLES * SILENT_STEPS)
        self._quiet: Pcm = quiet.astype(np.int16)
        self.reset()

    def step(self, samples: Pcm) -> Sequence[float]:
        return self._feed(samples)

    def if_it_ended(self, look: float) -> Sequence[float]:
        kept = self._state()
        split = LOOK_STEPS * STEP_SAMPLES
        scores = self._feed(self._quiet[:split])
        scores = self._feed(self._quiet[split:]) if max(scores) >= look else [0.0] * len(scores)
        self._restore(kept)
        return scores

    def reset(self) -> None:
        """As after silence. The package itself begins with eight seconds of zeros, and lags by 50 ms ever after."""
        self._features.reset()
        for word in self._words:
            word.reset()
        self._features.new_audio_samples = _MEL_OVERLAP
        for _ in range(5):
            self._feed(self._quiet)

    def _feed(self, samples: Pcm) -> list[float]:
        """The scores after the last step of `samples`."""
        scores = [0.0] * len(self._words)
        for embedding in self._features.process_streaming(samples.tobytes()):
            for index, word in enumerate(self._words):
                for score in word.process_streaming(embedding):
                    scores[index] = float(score)
        return scores

    def _state(self) -> tuple[_FeatureState, list[_WordState]]:
        features = self._features
        own = (features.audio.copy(), features.new_audio_samples, features.mels.copy(), features.new_mels)
        return own, [(word.embeddings.copy(), word.new_embeddings) for word in self._words]

    def _restore(self, state: tuple[_FeatureState, list[_WordState]]) -> None:
        features = self._features
        (features.audio, features.new_audio_samples, features.mels, features.new_mels), words = state
        for word, (embeddings, new) in zip(self._words, words, strict=True):
            word.embeddings, word.new_embeddings = embeddings, new
