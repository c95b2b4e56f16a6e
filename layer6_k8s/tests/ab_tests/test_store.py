"""The answers of a test, as they are stored."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from api.adapters.postgres.ab_tests import ab_tests as module
from api.adapters.postgres.ab_tests.ab_tests import PostgresABTests
from api.capabilities.database import open_database
from api.config import Settings
from api.services.ab_tests.ab_test import ABTest, Overrides, TestArm

ANSWERS = """
    INSERT INTO answered (id, at, route, request_id, conversation_id, provider, model, prompt_tokens, completion_tokens,
        cost, latency_ms, grounded, refusal, supported, unsupported, unknown, removed_markers, experiment, arm)
    SELECT gen_random_uuid(), now() - n * interval '1 ms', '/chat', 'r', CASE WHEN n > 0 THEN gen_random_uuid() END,
        'openai', 'm', 1, 1, 0.25, n, true, CASE WHEN n %% 2 = 0 THEN 'nothing_relevant' END, 3, 1, 0, 0, %s, 'b'
    FROM generate_series(0, %s) AS n
"""


async def test_all_answers_of_a_test_are_read_oldest_first(stores: Callable[[], dict[str, Any]]) -> None:
    arms = TestArm("a", 1, Overrides()), TestArm("b", 1, Overrides(top_k=1))
    began, number = datetime.now(UTC) - timedelta(hours=1), 2 * module.PART + 500
    test = ABTest(uuid4(), "test", arms, "conversation", "feedback_positive", (), 500, "fixed", began)
    async with open_database(Settings(_env_file=None, **stores())) as database:
        async with database.transaction() as connection:
            await connection.execute(ANSWERS, [test.id, number])
            await connection.execute(ANSWERS, [UUID(int=9), 10])
        found = await PostgresABTests(database).exposures(test)
    assert [exposure.latency_ms for exposure in found] == list(range(number, 0, -1))
    first = found[0]
    assert (first.arm, first.claims, first.unsupported, first.cost, first.rating) == ("b", 4, 1, 0.25, None)
    assert (first.refused, found[1].refused) == (True, False)
