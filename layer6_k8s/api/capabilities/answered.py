"""What each answer cost, and what people said of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from api.adapters.postgres.answered.feedback import PostgresFeedback
from api.adapters.postgres.answered.log import PostgresAnsweredLog, write_answered
from api.adapters.postgres.answered.usage import PostgresUsage
from api.adapters.postgres.conversations.turn_log import TurnWrite
from api.adapters.postgres.database import Database
from api.adapters.prices_file import read_prices
from api.config import Settings
from api.services.answered.chat import AnsweredChat
from api.services.chat.turn import Chat
from api.services.conversations.conversations import Conversations
from api.services.feedback.conversations import ConversationsWithFeedback
from api.services.feedback.service import FeedbackService
from api.services.metrics.costs import CountedCosts
from api.services.metrics.metrics import Metrics
from api.services.metrics.votes import CountedVotes
from api.services.usage.chat import PricedChat
from api.services.usage.prices import Prices
from api.services.usage.service import UsageService


@dataclass(frozen=True)
class Answers:
    """Puts prices and rows around chats, and reads them again."""

    database: Database
    prices: Prices
    metrics: Metrics
    writes: tuple[TurnWrite, ...] = (write_answered,)
    """What belongs to a stored turn."""

    def priced(self, chat: Chat) -> Chat:
        return CountedCosts(PricedChat(chat, self.prices), self.metrics)

    def recorded(self, chat: Chat) -> Chat:
        return AnsweredChat(chat, PostgresAnsweredLog(self.database))

    def all_recorded(self, chats: Mapping[str, Chat]) -> dict[str, Chat]:
        return {name: self.recorded(chat) for name, chat in chats.items()}

    def usage(self) -> UsageService:
        return UsageService(PostgresUsage(self.database), self.prices)

    def feedback(self) -> FeedbackService:
        return FeedbackService(CountedVotes(PostgresFeedback(self.database), self.metrics))

    def conversations(self, conversations: Conversations) -> Conversations:
        """The conversations, whose answers say what was said of them."""
        return ConversationsWithFeedback(conversations, PostgresFeedback(self.database))


def answered(settings: Settings, database: Database, metrics: Metrics) -> Answers:
    """Raises `InvalidPrices`."""
    server = urlsplit(settings.openai_base_url).hostname or ""
    return Answers(database, read_prices(settings.prices_path, server), metrics)
