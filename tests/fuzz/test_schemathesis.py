"""A little of `mystack fuzz`: all checks on few requests, always the same ones.

Each operation is asked in the layer that brought it, and `/chat` in every layer: `make fuzz` asks all of them in each.
"""

from schemathesis.schemas import APIOperation

from mystack.fuzz.app import API_KEY, attack
from tests.fuzz.conftest import Attacked

asked: set[str] = set()


def test_every_answer_is_as_documented(attacked: Attacked, operations: list[APIOperation]) -> None:
    new = {operation.label for operation in operations} - asked
    asked.update(new - {"POST /chat"})
    chosen = [option for label in sorted(new) for option in ("--include-name", label)]
    options = ["--phases", "examples,fuzzing", "--max-examples", "3", "--seed", "1"]
    result = attack(attacked.url, API_KEY, [*options, *chosen], capture=True)
    assert result.returncode == 0, result.stdout[-20_000:]
