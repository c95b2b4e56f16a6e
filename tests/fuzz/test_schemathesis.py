"""A little of `mystack fuzz`: all checks on few examples, always the same."""

from mystack.fuzz.app import API_KEY, attack
from tests.fuzz.conftest import Attacked


def test_every_answer_is_as_documented(attacked: Attacked) -> None:
    options = ["--phases", "examples,fuzzing", "--max-examples", "3", "--seed", "1"]
    result = attack(attacked.url, API_KEY, options, capture=True)
    assert result.returncode == 0, result.stdout[-20_000:]
