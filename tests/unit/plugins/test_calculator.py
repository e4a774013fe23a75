"""Arithmetic and units: exact, in each language's own figures."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from .desk import Desk


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk("calculator", dry=True)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("What is 2 plus 3 times 4?", "14"),
        ("What is open bracket 2 plus 3 close bracket times 4?", "20"),
        ("What is 2 + 3 * (4 - 1)?", "11"),
        ("2 to the power of 3 to the power of 2", "512"),
        ("minus 3 squared", "−9"),
        ("100 minus 10 percent minus 10 percent", "81"),
        ("10 percent plus 5 percent", "0.15"),
        ("add 20 percent to 80", "96"),
        ("increase 80 by 25 percent", "100"),
        ("What is the sum of 1, 2 and 3?", "6"),
        ("divide 100 by 8", "12.5"),
        ("17 modulo 5", "2"),
        ("two thirds of 90", "60"),
        ("three and a half times two", "7"),
        ("cube root of 27", "3"),
        ("square root of 16 over 25", "0.16"),
        ("1,000,000 times 1,000,000", "1,000,000,000,000"),
        ("0.1 plus 0.2", "0.3"),
        ("2 to the power of minus 2", "0.25"),
        ("5 factorial", "120"),
    ],
)
def test_a_sum_is_worked_out_exactly(desk: Desk, said: str, answer: str) -> None:
    assert desk.say(said) == f"That is {answer}."


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("ten divided by three minus three", "That is about 0.3333."),
        ("1 divided by 3000000", "That is about 3.3333 times 10 to the power of minus 7."),
        ("1 divided by open bracket 2 minus 2 close bracket", "Nothing can be divided by zero."),
        ("0 to the power of minus 1", "Nothing can be divided by zero."),
        ("the square root of minus 4", "A negative number has no such root."),
        ("9999999 to the power of 9999999", "That is too large for me."),
        ("1000000 factorial", "That is too large for me."),
        ("2.5 factorial", "Only whole numbers from zero have a factorial."),
    ],
)
def test_what_has_no_plain_result_is_told(desk: Desk, said: str, answer: str) -> None:
    assert desk.say(said) == answer


OPERATIONS = {"plus": "+", "minus": "-", "times": "*", "divided by": "/"}


def test_random_sums_are_those_of_python(desk: Desk) -> None:
    """Each by its own reckoning in fractions, with the usual order of operations."""
    rng = random.Random(6)
    for _ in range(100):
        numbers = [rng.randint(1, 999) for _ in range(rng.randint(2, 5))]
        words = [rng.choice(list(OPERATIONS)) for _ in numbers[1:]]
        said = str(numbers[0]) + "".join(f" {w} {n}" for w, n in zip(words, numbers[1:], strict=True))
        wanted = _reckoned(numbers, [OPERATIONS[word] for word in words])
        told = desk.say(said).removeprefix("That is ").removeprefix("about ").removesuffix(".")
        assert abs(Fraction(told.replace(",", "").replace("−", "-")) - wanted) <= Fraction(1, 10_000), said


def _reckoned(numbers: list[int], signs: list[str]) -> Fraction:
    terms = [Fraction(numbers[0])]
    for sign, number in zip(signs, numbers[1:], strict=True):
        if sign == "*":
            terms[-1] *= number
        elif sign == "/":
            terms[-1] /= number
        else:
            terms.append(Fraction(number if sign == "+" else -number))
    return sum(terms, Fraction())


@pytest.mark.parametrize(
    ("language", "said", "answer"),
    [
        ("de", "Was ist 1.234,5 mal 100?", "Das ergibt 123.450."),
        ("de", "Was ist 1,5 mal 1,5?", "Das ergibt 2,25."),
        ("es", "¿Cuánto es 1.234,5 por 100?", "El resultado es 123.450."),
        ("fr", "Combien font 1 234,5 fois 100 ?", "Ça fait 123\u00a0450."),
        ("zh", "一百二十三点四五乘以一百等于多少？", "等于12345。"),
        ("zh", "百分之五十加一", "等于1.5。"),
    ],
)
def test_figures_are_those_of_the_language(desk: Desk, language: str, said: str, answer: str) -> None:
    assert desk.say(said, language) == answer


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("Convert 1 inch to centimeters", "1 inch is 2.54 centimeters."),
        ("How many inches are in a mile?", "1 mile is 63,360 inches."),
        ("32 Fahrenheit in Celsius", "32 degrees Fahrenheit is 0 degrees Celsius."),
        ("0 Kelvin in Celsius", "0 kelvin is −273.15 degrees Celsius."),
        ("Convert 6 foot 2 to centimeters", "6 feet 2 inches is 187.96 centimeters."),
        ("How many fluid ounces are in a gallon?", "1 gallon is 128 fluid ounces."),
        ("36 kilometers per hour in meters per second", "36 kilometers per hour is 10 meters per second."),
        ("one kilowatt hour in kilojoules", "1 kilowatt hour is 3600 kilojoules."),
        ("2 gibibytes in bytes", "2 gibibytes is 2,147,483,648 bytes."),
        ("360 degrees in radians", "360 degrees is about 6.2832 radians."),
        ("10 acres in hectares", "10 acres is about 4.0469 hectares."),
        ("Convert 3 kilos to miles", "Kilograms cannot be turned into miles."),
    ],
)
def test_units_are_converted_by_exact_factors(desk: Desk, said: str, answer: str) -> None:
    assert desk.say(said) == answer


def test_every_unit_has_a_name_and_a_factor_in_every_language(desk: Desk) -> None:
    for language, grammar in desk.plugin.grammars.items():
        for _, unit in grammar.lists["unit"]:
            answer = desk.call("convert", "", language, source=unit, target=unit, amount=3)
            assert answer.count("3") == 2, (language, unit, answer)
            assert "_" not in answer, (language, unit)


def test_british_pints_by_setting() -> None:
    british = Desk("calculator", dry=True, imperial=True)
    assert british.say("A pint in milliliters") == "1 imperial pint is about 568.2613 milliliters."


@pytest.mark.parametrize("said", ["__import__('os').system('id') plus 1", "1 plus exec(1)", "9" * 5000 + " plus 1"])
def test_nothing_that_is_said_is_run(desk: Desk, said: str) -> None:
    assert desk.call("calculate", said) in ("I cannot work that out.", "That is too large for me.")


def test_a_tip_is_shared() -> None:
    generous = Desk("calculator", dry=True, tip_percent=20.0)
    assert generous.say("tip on 100 euros for 4 people") == ("A tip of 20 percent is 20; together 120, 30 for each.")


@pytest.mark.parametrize(
    ("language", "said", "answer"),
    [
        ("en", "What is 20% off of 50 dollars?", "That is 40."),
        ("en", "What do 3 and 4 make?", "That is 7."),
        ("en", "20 euros plus 19 percent", "That is 23.8."),
        ("de", "20 Prozent Rabatt auf 50 Euro", "Das ergibt 40."),
        ("es", "20 por ciento de descuento en 50 euros", "El resultado es 40."),
        ("fr", "20 pour cent de réduction sur 50 euros", "Ça fait 40."),
    ],
)
def test_money_is_reckoned_with_like_numbers(desk: Desk, language: str, said: str, answer: str) -> None:
    assert desk.say(said, language) == answer
