"""Answers from the documents: the chat that searches, quotes and cites."""

from api.config import Settings
from api.services.chat.models import Models
from api.services.chat.turn import Chat
from api.services.documents.store import DocumentReader
from api.services.rag.chat import RagChat
from api.services.rag.quoting import Quotes
from api.services.rag.rewriting import Rewriter
from api.services.rag.support import SupportCheck
from api.services.retrieval.search import Search
from api.services.serving.queue import QuestionQueue


def rag_chat(
    settings: Settings,
    chat: Chat,
    *,
    generation: Chat,
    models: Models,
    search: Search,
    queue: QuestionQueue,
    quotes: Quotes,
    support: SupportCheck,
    reader: DocumentReader,
) -> RagChat:
    """The chat over the documents; `chat` answers requests with `use_rag` off. `search` is not admitted yet.

    `generation` raises `ModelUnavailable` before its first event, where `chat` quotes the conversation.
    """
    return RagChat(
        chat,
        generation=generation,
        models=models,
        search=search,
        queue=queue,
        quotes=quotes,
        support=support,
        reader=reader,
        use_rag=settings.use_rag,
        top_k=settings.top_k,
        system_prompt=settings.system_prompt,
        max_tokens=settings.max_tokens,
        rewriter=Rewriter(generation) if settings.rewrite_questions else None,
    )
