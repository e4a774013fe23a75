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
    """Through openwakeword: ONNX on one thread, about 1.8 ms a step and 1 ms for each imagined one."""

    def __init__(self, folder: Path, paths: Sequence[Path]) -> None:
        """Takes about two seconds: openwakeword imports scikit-learn. Raises ModelError."""
        import openwakeword

        models = folder / "resources" / "models"
        try:
            self._model: Any = openwakeword.Model(
                wakeword_models=[str(path) for path in paths],
                inference_framework="onnx",
                melspec_model_path=str(models / "melspectrogram.onnx"),
                embedding_model_path=str(models / "embedding_model.onnx"),
                ncpu=1,
            )
        except Exception as error:  # onnxruntime has no base class of its own errors
            raise ModelError(
                f"the wake word cannot be loaded: {error}", "bad_wake_model", "check wake.words"
            ) from error
        self._names = [path.stem for path in paths]
        if any(self._model.model_outputs[name] != 1 for name in self._names):
            raise ModelError("a wake word's network must have one output", "bad_wake_model", "check wake.words")
        self._features: Any = self._model.preprocessor
        quiet = np.random.default_rng(0).normal(0, _QUIET_RMS, SAMPLE_RATE * 2).astype(np.int16)
        self._quiet: Floats = self._features._get_melspectrogram(quiet)
        self._settled: Floats = self._embed(self._quiet, range(len(self._features.feature_buffer)))
        self.reset()

    def step(self, samples: Pcm) -> Sequence[float]:
        scores = self._model.predict(samples)
        return [float(scores[name]) for name in self._names]

    def if_it_ended(self, look: float) -> Sequence[float]:
        if max(self._scores(self._imagine(LOOK_STEPS))) < look:
            return [0.0] * len(self._names)
        # A step is long beside the moment at which a phrase is over: half a step ago counts, too.
        endings = [self._scores(self._imagine(SILENT_STEPS, ago)) for ago in (0, _MELS_A_STEP // 2)]
        return [max(scores) for scores in zip(*endings, strict=True)]

    def reset(self) -> None:
        """As after silence. The package itself starts from random sound, so that no two runs would be alike."""
        self._model.reset()
        self._features.raw_data_buffer.clear()
        self._features.raw_data_remainder = np.empty(0)
        self._features.accumulated_samples = 0
        self._features.melspectrogram_buffer = self._quiet[:_MELS].copy()
        self._features.feature_buffer = self._settled.copy()

    def _imagine(self, steps: int, ago: int = 0) -> Floats:
        """Embeddings of so many steps of a silence that begins now, or so many mel frames ago."""
        heard = self._features.melspectrogram_buffer
        mels = np.concatenate((heard[len(heard) - _MELS - ago : len(heard) - ago], self._quiet[: steps * _MELS_A_STEP]))
        return self._embed(mels, range(_MELS_A_STEP, len(mels) - _MELS + 1, _MELS_A_STEP))

    def _embed(self, mels: Floats, starts: Iterable[int]) -> Floats:
        """mels: shape (frames, 32); shape (windows, 96), a window from each of `starts`."""
        batch = np.stack([mels[start : start + _MELS] for start in starts])[..., None].astype(np.float32)
        return np.asarray(self._features.embedding_model_predict(batch), np.float32).reshape(len(batch), -1)

    def _scores(self, imagined: Floats) -> list[float]:
        embeddings = np.concatenate((self._features.feature_buffer, imagined))
        scores = []
        for name in self._names:
            window = embeddings[-self._model.model_inputs[name] :][None].astype(np.float32)
            scores.append(float(np.max(self._model.model_prediction_function[name](window))))
        return scores


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
