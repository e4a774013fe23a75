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
