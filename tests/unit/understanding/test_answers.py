import pytest

from aihear_voice.understanding.answers import affirmed


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Yes.", "en"),
        ("Yeah, sure.", "en"),
        ("Yes, please!", "en"),
        ("Go ahead", "en"),
        ("OK", "en"),
        ("Ja.", "de"),
        ("Ja, bitte.", "de"),
        ("Na klar!", "de"),
        ("Sí.", "es"),
        ("Por supuesto", "es"),
        ("是的。", "zh"),
        ("好的", "zh"),
        ("Oui.", "fr"),
        ("D’accord", "fr"),
        ("Yes. Yes, yes!", "en"),
        ("Um, yes.", "en"),
        ("Ja", "en"),
        ("yes", ""),
    ],
)
def test_yes(text, language):
    assert affirmed(text, language) is True


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("No.", "en"),
        ("No, no, no!", "en"),
        ("Never mind.", "en"),
        ("Don't do it.", "en"),
        ("Nein.", "de"),
        ("Nein, danke.", "de"),
        ("Abbrechen", "de"),
        ("No.", "es"),
        ("No, gracias.", "es"),
        ("不是。", "zh"),
        ("取消", "zh"),
        ("不用了", "zh"),
        ("Non merci.", "fr"),
        ("cancel", "xx"),
        ("Of course not", "en"),
    ],
)
def test_no(text, language):
    assert affirmed(text, language) is False


@pytest.mark.parametrize(
    "text",
    [
        "",
        "...",
        "What time is it?",
        "Yes I know that it is late",
        "No idea what you mean",
        "Yesterday",
        "North",
        "Maybe.",
        "I said yes to him",
        "Yes, no.",
    ],
)
def test_neither(text):
    assert affirmed(text, "en") is None
