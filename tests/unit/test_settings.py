"""Settings: which one wins, and what a person is told who got one wrong."""

import pytest

from aihear_voice import paths, settings
from aihear_voice.errors import SettingsError


@pytest.fixture
def personal(home):
    """Writes the person's settings file."""

    def write(text: str) -> None:
        paths.personal_settings().parent.mkdir(parents=True, exist_ok=True)
        paths.personal_settings().write_text(text, encoding="utf-8")

    return write


def refusal(flags=(), env=None) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        settings.load(flags, env or {})
    assert "\n" not in caught.value.message
    return caught.value


def origin(key: str, flags=(), env=None) -> str:
    return next(s.origin for s in settings.resolve(flags, env or {})[1] if s.key == key)


def test_the_shipped_defaults_are_valid_and_complete(home):
    _, sources = settings.resolve((), {})
    assert {source.origin for source in sources} == {"default"}


def test_the_later_one_wins(personal):
    personal("[wake]\nthreshold = 0.1\n")
    env = {"AIHEAR__WAKE__THRESHOLD": "0.2"}
    assert settings.load((), {}).wake.threshold == 0.1
    assert settings.load((), env).wake.threshold == 0.2
    assert settings.load(["wake.threshold=0.3"], env).wake.threshold == 0.3


def test_each_value_says_where_it_came_from(personal):
    personal("[wake]\nthreshold = 0.1\n")
    assert origin("wake.threshold") == str(paths.personal_settings())
    assert origin("wake.threshold", env={"AIHEAR__WAKE__THRESHOLD": "0.2"}) == "AIHEAR__WAKE__THRESHOLD"
    assert origin("wake.threshold", ["wake.threshold=0.3"]) == "--set"
    assert origin("wake.enabled") == "default"


def test_one_own_value_leaves_its_neighbours(personal):
    personal("[wake]\nthreshold = 0.1\n")
    assert settings.load((), {}).wake.words == ("hey jarvis",)


def test_a_misspelt_key_is_refused_with_the_right_one(personal):
    assert refusal(["wake.treshold=0.3"]).hint == "did you mean wake.threshold?"
    assert refusal(env={"AIHEAR__AUDIO__INPUT_DEVIC": "x"}).hint == "did you mean audio.input_device?"
    personal("[wake]\nword = ['alexa']\n")
    error = refusal()
    assert error.hint == "did you mean wake.words?"
    assert str(paths.personal_settings()) in error.message


def test_a_whole_section_that_does_not_exist_is_refused(personal):
    personal("[wakeword]\nenabled = false\n")
    assert refusal().code == "unknown_setting"


@pytest.mark.parametrize(
    ("flag", "key"),
    [
        ("wake.threshold=2", "wake.threshold"),
        ("wake.threshold=high", "wake.threshold"),
        ("wake.enabled=1", "wake.enabled"),
        ("wake.words=alexa", "wake.words"),
        ("recognition.languages=[]", "recognition.languages"),
        ("typing.method=magic", "typing.method"),
        ("policy.default=perhaps", "policy.default"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(home, flag, key):
    error = refusal([flag])
    assert key in error.message
    assert "--set" in error.message
    assert error.hint


def test_a_flag_without_a_value_is_refused(home):
    assert refusal(["wake.threshold"]).code == "bad_flag"


def test_a_broken_file_is_one_line_that_names_it(personal):
    personal("[wake\nthreshold = 0.1\n")
    error = refusal()
    assert error.code == "bad_toml"
    assert str(paths.personal_settings()) in error.message


def test_a_file_that_is_no_text_is_one_line(personal):
    personal("")
    paths.personal_settings().write_bytes(b"\xff\xfe\x00[wake]")
    assert refusal().code == "unreadable"


def test_text_needs_no_quotes_on_the_command_line(home):
    assert settings.load(["audio.input_device=USB mic"], {}).audio.input_device == "USB mic"
    assert settings.load(["speaking.voice=es"], {}).speaking.voice == "es"


def test_a_plugins_own_table_takes_any_key(personal):
    personal("[plugin.weather]\ncity = 'Vienna'\ndays = 3\n")
    assert settings.load((), {}).plugin == {"weather": {"city": "Vienna", "days": 3}}
    both = settings.load(["plugin.weather.days=5"], {}).plugin
    assert both == {"weather": {"city": "Vienna", "days": 5}}


def test_the_policy_of_an_intent_is_named_with_its_dot(personal):
    personal('[policy.intents]\n"commands.lock" = "ask"\n')
    assert settings.load((), {}).policy.intents == {"commands.lock": "ask"}
    assert settings.load(["policy.intents.commands.lock=deny"], {}).policy.intents == {"commands.lock": "deny"}
    assert refusal(["policy.intents.commands.lock=perhaps"]).code == "bad_setting"
