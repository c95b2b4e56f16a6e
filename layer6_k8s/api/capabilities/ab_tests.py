"""A/B tests: their service, which looks at the running one, and the chat in their arms."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.adapters.postgres.ab_tests.ab_tests import PostgresABTests
from api.adapters.postgres.database import Database
from api.adapters.postgres.tenants.directory import PostgresDirectory
from api.capabilities.running import running
from api.services.ab_tests.chat import ExperimentChat
from api.services.ab_tests.service import ABTestService
from api.services.chat.models import Models
from api.services.chat.turn import Chat
from api.services.tenants.ab_tests import ABTestsOfTenants


@asynccontextmanager
async def ab_tests(database: Database, models: Models) -> AsyncIterator[ABTestService]:
    """The service; beside the block, it follows the running test and stops it if it must."""
    service = ABTestsOfTenants(PostgresABTests(database), models, PostgresDirectory(database))
    async with running(service.run()):
        yield service


def chat_in_arms(chat: Chat, tests: ABTestService) -> Chat:
    """`chat`, as the arm of each conversation says. Caches are inside: they know what their answers depend on."""
    return ExperimentChat(chat, lambda: tests.running)
