import hashlib
import subprocess
import sys

import pytest

from aihear_voice.errors import ModelError
from aihear_voice.recognition.catalogue import Official, official
from aihear_voice.recognition.store import STARTER_SHA256, Computer, ModelStore


def known(name, content, mb, memory=600):
    sha256 = hashlib.sha256(content).hexdigest()
    return Official(name, f"http://127.0.0.1:9/{sha256}/{name}.pt", sha256, mb, memory)


CONTENTS = {"tiny": b"t" * 100, "tiny.en": b"e" * 100, "small": b"s" * 100, "large-v3": b"l" * 100}
SIZES = {"tiny": 75, "tiny.en": 75, "small": 480, "large-v3": 3090}
CATALOGUE = {name: known(name, content, SIZES[name]) for name, content in CONTENTS.items()}
CATALOGUE["large"] = CATALOGUE["large-v3"]
SMALL_MACHINE = Computer(cores=4, memory_mb=8000)


@pytest.fixture
def store(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "cache").mkdir()
    return ModelStore(tmp_path / "models", tmp_path / "cache", CATALOGUE)


def put(store, *names, content=None):
    for name in names:
        (store.root / f"{name}.pt").write_bytes(content or CONTENTS[name])


def code(raised):
    return raised.value.code


def test_the_official_table_is_read_without_torch():
    script = (
        "import sys; from aihear_voice.recognition.catalogue import official; o = official();"
        "assert o['turbo'].name == 'large-v3-turbo' and len(o['base'].sha256) == 64 and o['base'].download_mb > 100;"
        "assert o['base'].sha256 in o['base'].url and o['base'].url.endswith('/base.pt');"
        "assert all(model.download_mb for model in o.values());"
        "print('torch' in sys.modules, 'whisper' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "False"]


def test_every_official_model_is_listed_once(tmp_path):
    names = [entry.name for entry in ModelStore(tmp_path, tmp_path).entries()]
    assert names[0] == "starter"
    assert len(set(names)) == len(names) == len({model.name for model in official().values()}) + 1


def test_without_downloads_the_starter_transcribes_and_says_so(store):
    chosen = store.resolve("auto", ("en",))
    assert chosen.embedded
    assert "demo" in chosen.title
    assert hashlib.sha256(chosen.path.read_bytes()).hexdigest() == STARTER_SHA256


def test_auto_takes_the_largest_that_suits_the_computer(store):
    put(store, "tiny", "small", "large-v3")
    assert store._best(("en", "de"), SMALL_MACHINE).name == "small"
    assert store._best(("en", "de"), Computer(2, 8000)).name == "tiny"
    assert store._best(("en", "de"), Computer(4, 64_000, accelerated=True)).name == "large-v3"


def test_auto_rather_takes_a_model_too_large_than_the_starter(store):
    put(store, "large-v3")
    assert store._best(("en",), Computer(2, 4000)).name == "large-v3"


def test_english_models_are_for_those_who_speak_only_english(store):
    put(store, "tiny", "tiny.en")
    assert store._best(("en",), SMALL_MACHINE).name == "tiny.en"
    assert store._best(("en", "de"), SMALL_MACHINE).name == "tiny"


def test_auto_passes_over_a_damaged_file(store):
    put(store, "tiny")
    put(store, "small", content=b"half")
    assert store._best(("en",), SMALL_MACHINE).name == "tiny"


def test_whispers_own_cache_is_used_but_not_trusted(store, tmp_path):
    cached = tmp_path / "cache" / "small.pt"
    cached.write_bytes(CONTENTS["small"])
    assert store.resolve("small").path == cached
    cached.write_bytes(b"an interrupted download")
    with pytest.raises(ModelError) as raised:
        store.resolve("small")
    assert code(raised) == "model_broken"
    assert "pull small" in raised.value.hint


def test_a_name_that_is_not_here_says_how_to_get_it(store):
    with pytest.raises(ModelError) as raised:
        store.resolve("large")
    assert code(raised) == "no_model"
    assert "pull large" in raised.value.hint
    with pytest.raises(ModelError):
        store.resolve("smal")
    with pytest.raises(ModelError):
        store.resolve("/no/such/file.pt")


def test_verify_tells_intact_damaged_and_unknown(store):
    put(store, "tiny")
    assert store.verify("tiny") == "intact"
    put(store, "tiny", content=b"x")
    assert store.verify("tiny") == "damaged"
    put(store, "by_hand", content=b"y")
    assert store.verify("by_hand") == "unknown"
    assert store.verify("starter") == "intact"


def test_an_imported_model_keeps_its_checksum(store, tmp_path):
    source = tmp_path / "mine.pt"
    source.write_bytes(b"weights")
    added = store.add(source)
    assert store.resolve("mine") == added
    assert added.path.read_bytes() == b"weights"
    added.path.write_bytes(b"rotten!")
    assert store.verify("mine") == "damaged"
    with pytest.raises(ModelError):
        store.add(source)
    with pytest.raises(ModelError):
        store.add(source, "tiny")
    with pytest.raises(ModelError):
        store.add(source, "../escape")


def test_remove_takes_all_of_it(store):
    put(store, "tiny")
    (store.root / "small.pt.part").write_bytes(b"half")
    assert {e.name: e.origin for e in store.entries()}["small"] == "partial"
    store.remove("small")
    store.remove("tiny")
    assert not list(store.root.glob("*.pt*"))
    for name in ("tiny", "starter", "nonsense"):
        with pytest.raises(ModelError):
            store.remove(name)


def test_pull_leaves_alone_what_is_here(store):
    put(store, "tiny")
    assert store.pull("tiny", lambda done, total: None).path == store.root / "tiny.pt"
    with pytest.raises(ModelError) as raised:
        store.pull("tinny", lambda done, total: None)
    assert code(raised) == "unknown_model"
