"""The fast engine on real checkpoints: prepared once, the same text as openai-whisper's, no torch, a guarded window."""

import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from aihear_voice import paths, settings
from aihear_voice.errors import ModelError
from aihear_voice.recognition import checkpoints, conversion, decoder_graph, whisper_engine, windows
from aihear_voice.recognition.model import GREEDY, Options
from aihear_voice.recognition.recogniser import WhisperRecogniser
from aihear_voice.recognition.store import ModelStore
from aihear_voice.types import Audio

from ... import rigs

STARTER = ModelStore().starter().path
RANDOM = """
import sys, torch
from whisper.model import ModelDimensions, Whisper
torch.manual_seed(int(sys.argv[2]))
dims = ModelDimensions(int(sys.argv[3]), 1500, 64, 2, 2, int(sys.argv[4]), 448, 64, 2, 2)
model = Whisper(dims)
torch.nn.init.normal_(model.decoder.positional_embedding, std=0.02)
torch.save({"dims": vars(dims), "model_state_dict": model.state_dict()}, sys.argv[1])
"""


def random_model(path, seed=0, bands=80, vocabulary=51865):
    """An untrained model of the official layout: what it writes is noise."""
    command = [sys.executable, "-c", RANDOM, str(path), str(seed), str(bands), str(vocabulary)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return path


def engine(checkpoint, folder="", **changes):
    """The object that lives in the worker, here in this process."""
    chosen = settings.load().recognition
    values = {
        "checkpoint": str(checkpoint), "converted": str(folder), "name": "x", "official": "", "embedded": False,
        "shortest_window_s": 10.0, "device": "cpu", "threads": 1, "languages": chosen.languages,
        "no_speech_threshold": chosen.no_speech_threshold, "logprob_threshold": chosen.logprob_threshold,
        "compression_threshold": chosen.compression_threshold,
    }  # fmt: skip
    return whisper_engine.Engine(Options(**(values | changes)))


def recogniser(*flags, tell=None):
    flags = ["recognition.model=starter", "recognition.threads=1", *flags]
    return WhisperRecogniser(settings.load(flags).recognition, tell=tell)


@pytest.fixture(scope="module")
def starter_folder():
    return conversion.converted(STARTER, numbers="float32")


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    return random_model(tmp_path_factory.mktemp("model") / "untrained.pt")


@pytest.fixture
def empty_cache(home, monkeypatch):
    """A computer on which nothing was prepared yet."""
    monkeypatch.setattr(paths, "cache", lambda name: home / "fresh" / name)
    return home / "fresh"


# -- the same text --------------------------------------------------------------------------------------------

SENTENCES = [
    ("Set a timer for ten minutes.", "espeak:en-us+Andy"),
    ("Open the browser.", "espeak:en-gb+Hugo"),
    ("The meeting is on Monday.", "flite:kal16"),
    ("Stelle einen Timer auf 5 Minuten.", "espeak:de+Hugo"),
    ("Abre el navegador.", "espeak:es+linda"),
    ("下一首歌。", "espeak:cmn+Alicia"),
]


@pytest.mark.parametrize(("text", "voice"), SENTENCES)
@pytest.mark.parametrize("noise", [0.0005, 0.02])
def test_both_engines_write_the_same(starter_folder, text, voice, noise):
    shared = {"embedded": True, "shortest_window_s": 2.0}
    fast, reference = engine(STARTER, starter_folder, **shared), engine(STARTER, **shared)
    sound = rigs.join(0.4, rigs.speech(text, voice), 0.4)
    sound = sound + rigs.noise(len(sound) / 16_000, noise)[: len(sound)]
    ours, theirs = fast.transcribe(sound, "assist", True), reference.transcribe(sound, "assist", True)
    assert (ours.text, ours.language, ours.reliable) == (theirs.text, theirs.language, theirs.reliable)
    assert ours.avg_logprob == pytest.approx(theirs.avg_logprob, abs=0.01)
    assert ours.no_speech_prob == pytest.approx(theirs.no_speech_prob, abs=0.01)
    assert [word.text for word in ours.words] == [word.text for word in theirs.words]
    for one, other in zip(ours.words, theirs.words, strict=True):
        assert (one.start, one.end) == pytest.approx((other.start, other.end), abs=0.05)
        assert one.probability == pytest.approx(other.probability, abs=0.05)


@pytest.mark.parametrize("prompt", ["", "Nguyen, kubectl, Zürich"])
@pytest.mark.parametrize("task", ["transcribe", "translate"])
def test_captions_are_the_same_on_untrained_weights(untrained, task, prompt):
    """Time stamps, the task, a vocabulary, the search: every step of the decoder, far from what it was trained for."""
    folder = conversion.converted(untrained, numbers="float32")
    sound = rigs.speech("What time is it?")
    results = [
        engine(untrained, where, prompt=prompt).transcribe_window(sound, 0.1, task, "de", False)
        for where in (folder, "")
    ]
    assert results[0]["segments"]
    assert [segment["tokens"] for segment in results[0]["segments"]] == [
        segment["tokens"] for segment in results[1]["segments"]
    ]


@pytest.mark.parametrize("prompt", ["", "Nguyen, kubectl, Zürich"])
def test_requests_are_the_same_on_untrained_weights(untrained, prompt):
    """The likeliest text without time stamps, token by token."""
    folder = conversion.converted(untrained, numbers="float32")
    results = []
    for where in (folder, ""):
        model = engine(untrained, where, prompt=prompt)._model
        heard = model.encode(rigs.speech("What time is it?"), 0.1, 0.0)
        results.append(model.decode(heard, "de", GREEDY, "transcribe", timestamps=False, exactly=30))
    ours, theirs = results
    assert ours.tokens == theirs.tokens
    assert ours.avg_logprob == pytest.approx(theirs.avg_logprob, abs=0.001)
    assert ours.no_speech_prob == pytest.approx(theirs.no_speech_prob, rel=0.01)


@pytest.mark.parametrize(("bands", "vocabulary"), [(80, 51864), (128, 51866)])
def test_models_of_english_only_and_of_the_newest_kind_work(tmp_path, bands, vocabulary):
    checkpoint = random_model(tmp_path / "other.pt", 1, bands, vocabulary)
    folder = conversion.converted(checkpoint, numbers="float32")
    sound = rigs.speech("Thank you.")
    ours, theirs = (engine(checkpoint, where).transcribe(sound, "assist") for where in (folder, ""))
    assert ours.avg_logprob == pytest.approx(theirs.avg_logprob, abs=0.02)
    assert ours.language == theirs.language


def test_eight_bits_write_the_same(starter_folder):
    eight = conversion.converted(STARTER, numbers="int8")
    sound = rigs.speech("Turn on the kitchen lights.")
    got = engine(STARTER, eight, embedded=True, shortest_window_s=2.0).transcribe(sound, "assist")
    assert got.text == "Turn on the kitchen lights."
    size = (eight / "model.bin").stat().st_size
    assert size < 0.3 * (starter_folder / "model.bin").stat().st_size


def test_seven_bits_for_old_processors_write_the_same(tmp_path):
    folder = tmp_path / "seven"
    shutil.copytree(conversion.converted(STARTER, numbers="int8"), folder)
    decoder_graph.write(*checkpoints.weights(str(STARTER)), folder, 63)
    got = engine(STARTER, folder, embedded=True, shortest_window_s=2.0).transcribe(
        rigs.speech("Lock the screen."), "assist"
    )
    assert got.text == "Lock the screen."


def test_a_picture_as_wide_as_the_network_is_not_taken_for_its_output(starter_folder):
    """CTranslate2 tells encoded sound by its width, which is 192 here: 192 frames are 1.92 s."""
    heard = engine(STARTER, starter_folder)._model.encode(rigs.noise(1.67, 0.1), 0.0, 1.92)
    assert np.asarray(heard.features.view).shape == (1, 96, 192)


# -- memory ---------------------------------------------------------------------------------------------------


LENGTHS = """
import sys, numpy as np
from tests.flow.recognition.test_fast_engine import engine
model = engine(sys.argv[1], sys.argv[2])._model

def megabytes():
    with open("/proc/self/smaps_rollup") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024

def hear(positions):
    model.encode(np.random.default_rng(0).normal(0, 0.1, positions * 320).astype(np.float32), 0.0, 1.0)

for positions in (1400, *range(100, 120)):
    hear(positions)
before = megabytes()
for positions in range(120, 320):
    hear(positions)
print(megabytes() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells the memory of a process")
def test_utterances_of_ever_new_lengths_leave_no_memory_behind(starter_folder):
    """A learner's day is a thousand of them."""
    command = [sys.executable, "-c", LENGTHS, str(STARTER), str(conversion.converted(STARTER, numbers="int8"))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 20


# -- no torch -------------------------------------------------------------------------------------------------


def test_torch_is_not_loaded(starter_folder, tmp_path):
    script = f"""
import sys, numpy as np
from tests.flow.recognition.test_fast_engine import engine
e = engine({str(STARTER)!r}, {str(starter_folder)!r}, embedded=True, shortest_window_s=2.0, prompt="Nguyen")
e.warm()
t = e.transcribe(np.load(sys.argv[1]), "practise", True)
print(t.text, len(t.words), sorted({{"torch", "whisper", "numba"}} & set(sys.modules)))
"""
    np.save(tmp_path / "x.npy", rigs.speech("Turn on the kitchen lights."))
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "x.npy")], capture_output=True, text=True, timeout=60
    )
    assert ran.stdout.strip() == "Turn on the kitchen lights. 5 []", ran.stderr


# -- the window, and its guard --------------------------------------------------------------------------------


@pytest.mark.parametrize("fast", [True, False])
def test_a_clear_sentence_is_heard_in_a_short_window_cut_or_not(starter_folder, fast):
    own = engine(STARTER, starter_folder if fast else "", embedded=True, shortest_window_s=2.0)
    whole = rigs.speech("Turn on the kitchen lights.")
    assert own.transcribe(whole, "assist").window == "short"
    assert own.transcribe(whole[: round(len(whole) * 0.6)], "assist").window in ("short", "again")
    ten = engine(STARTER, starter_folder if fast else "")
    got = ten.transcribe(whole, "assist")
    assert (got.text, got.window) == ("Turn on the kitchen lights.", "short")


@pytest.mark.parametrize("fast", [True, False])
def test_a_text_that_cannot_be_is_decoded_again_with_the_full_window(untrained, fast):
    folder = conversion.converted(untrained, numbers="float32") if fast else ""
    got = engine(untrained, folder).transcribe(rigs.speech("What time is it?"), "assist")
    assert got.window == "again"
    assert not got.reliable


@pytest.mark.parametrize("fast", [True, False])
def test_the_full_window_can_be_asked_for(starter_folder, fast):
    made = engine(STARTER, starter_folder if fast else "", shortest_window_s=30.0)
    assert made.transcribe(rigs.speech("Close the window."), "assist").window == "full"


def test_the_window_follows_the_settings_and_what_was_measured(home):
    sum_of_starter = ModelStore().starter().sha256
    shortest = {}
    for name, flag in {"auto": "recognition.window=auto", "full": "recognition.window=full"}.items():
        shortest[name] = recogniser(flag)._options().shortest_window_s
    windows.calibrate(sum_of_starter, 4.0)
    shortest["measured"] = recogniser()._options().shortest_window_s
    assert shortest == {"auto": 2.0, "full": 30.0, "measured": 4.0}


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize("window", [0.0, 10.0, 30.0])
def test_the_bench_gets_exactly_so_many_tokens(untrained, fast, window):
    folder = conversion.converted(untrained, numbers="float32") if fast else ""
    seconds, tokens = engine(untrained, folder).timed(rigs.noise(4.0, 0.05), 20, window)
    assert tokens == 20
    assert seconds > 0


# -- preparing ------------------------------------------------------------------------------------------------


def test_a_model_is_prepared_once_and_that_is_told_once(empty_cache):
    told = []
    for _ in range(2):
        made = recogniser(tell=told.append)
        assert made.transcribe(Audio(rigs.speech("Thank you.")), "assist").text == "Thank you."
        made.close()
    assert told == [conversion.TELL]
    assert [path for path in (empty_cache / "models").iterdir() if path.name.startswith(".")] == []


def test_two_who_want_a_text_at_once_share_one_preparation_and_one_process(empty_cache):
    told, texts = [], []
    made = recogniser(tell=told.append)
    audio = Audio(rigs.speech("Thank you."))
    before = len(multiprocessing.active_children())
    threads = [threading.Thread(target=lambda: texts.append(made.transcribe(audio, "assist").text)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert texts == ["Thank you."] * 3
    assert told == [conversion.TELL]
    assert len(multiprocessing.active_children()) == before + 1
    made.close()


@pytest.mark.parametrize("harm", ["cut", "changed", "gone", "manifest"])
def test_a_broken_preparation_is_made_again(empty_cache, harm):
    folder = conversion.converted(STARTER, numbers="float32")
    weights = folder / "model.bin"
    if harm == "cut":
        weights.write_bytes(weights.read_bytes()[:1000])
    elif harm == "changed":
        data = bytearray(weights.read_bytes())
        data[len(data) // 2] ^= 0xFF
        weights.write_bytes(data)
    elif harm == "gone":
        (folder / "vocabulary.json").unlink()
    else:
        (folder / "manifest.json").write_text("{")
    told = []
    assert conversion.converted(STARTER, numbers="float32", tell=told.append) == folder
    assert told == [conversion.TELL]
    assert conversion.whole(folder)


def test_a_checkpoint_that_changes_under_its_name_is_prepared_again(empty_cache, tmp_path):
    path = random_model(tmp_path / "mine.pt", 1)
    first = conversion.converted(path)
    assert conversion.converted(path) == first
    time.sleep(0.01)
    random_model(path, 2)
    assert conversion.converted(path) != first


@pytest.mark.parametrize("no_room", [True, False])
def test_where_a_model_cannot_be_prepared_openai_whisper_takes_over(empty_cache, monkeypatch, no_room):
    if no_room:
        full = shutil.disk_usage(STARTER.parent)._replace(free=1000)
        monkeypatch.setattr(conversion.shutil, "disk_usage", lambda path: full)
    else:
        empty_cache.write_text("a file where the folder should be: nothing can be written there, even by root")
    told = []
    made = recogniser(tell=told.append)
    try:
        got = made.transcribe(Audio(rigs.speech("Thank you.")), "assist")
    finally:
        made.close()
    assert (got.text, got.engine) == ("Thank you.", "starter (whisper, cpu)")
    assert "openai-whisper takes over" in told[-1]


def test_who_insists_on_the_fast_engine_gets_one_clear_error(empty_cache):
    empty_cache.write_text("no folder")
    made = recogniser("recognition.engine=fast", tell=lambda text: None)
    with pytest.raises(ModelError) as raised:
        made.warm()
    assert raised.value.code == "unwritable"


def test_a_file_that_is_no_model_is_the_models_error_not_the_engines(empty_cache, tmp_path):
    broken = tmp_path / "broken.pt"
    broken.write_bytes(b"PK\x03\x04 this was a model once")
    made = recogniser(f"recognition.model={broken}", tell=lambda text: None)
    with pytest.raises(ModelError) as raised:
        made.warm()
    assert raised.value.code == "model_broken"
    assert list((empty_cache / "models").iterdir()) == []


# -- other programs -------------------------------------------------------------------------------------------


def test_the_tokenizer_for_other_programs_is_whispers(starter_folder):
    tokenizers = pytest.importorskip("tokenizers")
    whisper = pytest.importorskip("whisper.tokenizer").get_tokenizer(True, num_languages=99)
    theirs = tokenizers.Tokenizer.from_file(str(starter_folder / "tokenizer.json"))
    for text in ("Hello, world! It's 5 o'clock.", " Wie spät ist's? Ach so — naïve.", "现在几点了?𠀀", "\n\n  x"):
        ids = theirs.encode(text, add_special_tokens=False).ids
        assert ids == whisper.encode(text)
        assert theirs.decode(ids) == text
    assert theirs.token_to_id("<|transcribe|>") == whisper.transcribe
    assert json.loads((starter_folder / "preprocessor_config.json").read_text())["feature_size"] == 80


def test_faster_whisper_opens_the_folder(starter_folder):
    other = pytest.importorskip("faster_whisper")
    model = other.WhisperModel(str(Path(starter_folder)), device="cpu", compute_type="float32", cpu_threads=1)
    sound = rigs.join(0.3, rigs.speech("Turn on the kitchen lights."), 0.5)
    segments, info = model.transcribe(sound, language="en", beam_size=1, without_timestamps=True)
    assert "".join(segment.text for segment in segments).strip() == "Turn on the kitchen lights."
    assert info.language == "en"


# -- what the processor can ---------------------------------------------------------------------------------------

LOADED = """
import sys
from tests.flow.recognition.test_fast_engine import STARTER, engine
engine(STARTER, sys.argv[1]).warm()
"""


@pytest.mark.skipif("avx512bw" not in Path("/proc/cpuinfo").read_text(), reason="this processor has no AVX-512")
@pytest.mark.parametrize("chosen", ["", "AVX2"])
def test_the_widest_instructions_are_used_unless_the_person_chose_others(starter_folder, chosen):
    inherited = {name: value for name, value in os.environ.items() if name != "CT2_FORCE_CPU_ISA"}
    surroundings = inherited | {"CT2_VERBOSE": "1"} | ({"CT2_FORCE_CPU_ISA": chosen} if chosen else {})
    command = [sys.executable, "-c", LOADED, str(starter_folder)]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert f"Selected ISA: {chosen or 'AVX512'}" in done.stdout + done.stderr
