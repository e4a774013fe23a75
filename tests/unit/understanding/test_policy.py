import pytest

from aihear_voice.settings import PolicySettings
from aihear_voice.understanding.policy import verdict


def policy(default="allow", **intents):
    return PolicySettings(
        default=default, intents={k.replace("__", "."): v for k, v in intents.items()}, confirm_timeout_s=8, undo_s=60
    )


@pytest.mark.parametrize(
    ("rules", "confirm", "expected"),
    [
        (policy(), False, "allow"),
        (policy(), True, "ask"),
        (policy("ask"), False, "ask"),
        (policy("deny"), True, "deny"),
        (policy(commands__lock="allow"), True, "allow"),  # the person's word beats the plugin's caution
        (policy(commands__lock="deny"), False, "deny"),
        (policy(commands="ask"), False, "ask"),
        (policy(commands="deny", commands__lock="allow"), False, "allow"),
        (policy("deny", commands__open="allow"), False, "deny"),
    ],
)
def test_verdict(rules, confirm, expected):
    assert verdict("commands", "lock", rules, confirm) == expected


def test_what_was_not_surely_meant_is_asked_even_where_it_is_allowed():
    assert verdict("commands", "lock", policy(commands__lock="allow"), False, sure=False) == "ask"
    assert verdict("commands", "lock", policy("deny"), False, sure=False) == "deny"
