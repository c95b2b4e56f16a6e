"""A short form of `mystack fuzz`: all checks on a few requests with a fixed seed.

Each operation is tested in the layer that introduced it, and `/chat` in every layer; `make fuzz` tests all in each.
"""

import pytest
from schemathesis.schemas import APIOperation

from mystack.fuzz.app import API_KEY, attack
from tests.fuzz.conftest import Target

tested: set[str] = set()


@pytest.mark.timeout(400)
def test_every_response_matches_the_openapi_document(target: Target, operations: list[APIOperation]) -> None:
    new = {operation.label for operation in operations} - tested
    tested.update(new - {"POST /chat"})
    chosen = [option for label in sorted(new) for option in ("--include-name", label)]
    options = ["--phases", "examples,fuzzing", "--max-examples", "3", "--seed", "1"]
    result = attack(target.url, API_KEY, [*options, *chosen], capture=True)
    assert result.returncode == 0, result.stdout[-20_000:]
