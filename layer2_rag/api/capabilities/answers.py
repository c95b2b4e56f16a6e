"""Answers from the documents: search, and the chat that quotes and cites."""

from api.config import Settings
from api.services.chat.models import Models
from api.services.chat.turn import Chat
from api.services.documents.store import DocumentReader
from api.services.embedding.embeddings import SentenceEmbedder
from api.services.rag.chat import RagChat
from api.services.rag.quoting import Quoter
from api.services.retrieval.search import SearchService
from api.services.serving.queue import QuestionQueue


def rag_chat(
    settings: Settings,
    chat: Chat,
    *,
    models: Models,
    search: SearchService,
    questions: QuestionQueue,
    sentences: SentenceEmbedder,
    reader: DocumentReader,
) -> RagChat:
    """The chat over the documents; `chat` answers where a request does not ask for them."""
    return RagChat(
        chat,
        models=models,
        search=search,
        queue=questions,
        quoter=Quoter(sentences),
        reader=reader,
        use_rag=settings.use_rag,
        top_k=settings.top_k,
        system_prompt=settings.system_prompt,
        max_tokens=settings.max_tokens,
    )
