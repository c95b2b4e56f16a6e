"""Answers from the documents: the chat that searches, quotes and cites."""

from api.config import Settings
from api.services.chat.models import Models
from api.services.chat.turn import Chat
from api.services.documents.store import DocumentReader
from api.services.rag.asking.rewriting import Rewriter
from api.services.rag.catalogue import Catalogue
from api.services.rag.chat import RagChat
from api.services.rag.checking.support import SupportCheck
from api.services.rag.generation import Generation
from api.services.rag.quoting.quoter import Quotes
from api.services.retrieval.search import Search
from api.services.serving.queue import QuestionQueue


def rag_chat(
    settings: Settings,
    chat: Chat,
    *,
    writer: Chat,
    models: Models,
    search: Search,
    queue: QuestionQueue,
    quotes: Quotes,
    support: SupportCheck,
    reader: DocumentReader,
) -> RagChat:
    """The chat over the documents; `chat` answers requests with `use_rag` off. `search` is not admitted yet.

    `writer` raises `ModelUnavailable` before its first event, where `chat` quotes the conversation.
    """
    return RagChat(
        chat,
        generation=Generation(writer, quotes, support, reader, settings.system_prompt),
        catalogue=Catalogue(reader),
        models=models,
        search=search,
        queue=queue,
        quotes=quotes,
        reader=reader,
        use_rag=settings.use_rag,
        top_k=settings.top_k,
        system_prompt=settings.system_prompt,
        max_tokens=settings.max_tokens,
        rewriter=Rewriter(writer) if settings.rewrite_questions else None,
    )
