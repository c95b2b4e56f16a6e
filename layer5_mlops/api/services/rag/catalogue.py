"""Answers about the library: which documents there are, and what a document is about."""

from collections.abc import Sequence

from api.services.chat.turn import Turn
from api.services.documents.store import Document, DocumentReader, StoredChunk
from api.services.rag.asking.intent import file_names
from api.services.retrieval.search import Hit
from api.services.text.terms import terms

LISTED = 50
"""Documents that a listing names."""

CONSIDERED = 500
"""Newest documents among which a message's document is looked for by the words of its name."""

CHUNKS = 200
"""Chunks of a document that an overview is spread over."""

_GENERIC = """
document documents file files pdf text texts report reports guide guides paper papers library collection upload summary
summarise summarize overview outline gist key main point points idea topic takeaway fact bullet bullets give write
provide show make create prepare list need want brief short long sentence sentences paragraph page one two three four
five six seven eight nine ten first second last translate explain english french german spanish italian content contain
cover discuss say tell please detail whole entire everything available
txt md doc docx pptx xlsx csv htm html eml epub odt rtf json xml
"""
GENERIC = frozenset(terms(_GENERIC))
"""Terms of a message that name no document."""


class Catalogue:
    """What is known of the documents without a search."""

    def __init__(self, reader: DocumentReader) -> None:
        self.reader = reader

    async def is_empty(self) -> bool:
        """Whether there are no documents. Raises `StoreUnavailable`."""
        return not await self.reader.documents(1, None, None)

    async def listing(self) -> str:
        """A sentence that counts the documents, and the names of the newest. Raises `StoreUnavailable`."""
        found = await self.reader.documents(CONSIDERED + 1, None, None)
        if not found:
            return "There are no documents yet."
        count = f"more than {CONSIDERED}" if len(found) > CONSIDERED else str(len(found))
        verb, noun = ("is", "document") if len(found) == 1 else ("are", "documents")
        names = "\n".join(f"- {_entry(document)}" for document in found[:LISTED])
        more = f"\n\nThese are the newest {LISTED}." if len(found) > LISTED else ""
        return f"There {verb} {count} {noun}:\n\n{names}{more}"

    async def named(self, turn: Turn) -> list[Document]:
        """The documents that a message is about, newest first; none if it names none and there are several.

        A message such as "Summarise the document." is about the only one, or about those that the turn is limited to.
        """
        names = file_names(turn.message)
        if names and (called := _called(await self._considered(turn, names[0]), turn.message.lower(), names)):
            return called
        found = await self._considered(turn)
        words = set(terms(turn.message)) - GENERIC
        if not words:
            return found if len(found) == 1 or turn.document_ids else found[:LISTED]
        stems = [(document, set(terms(_stem(document.filename))) - GENERIC) for document in found]
        return [document for document, stem in stems if stem and (stem <= words or words <= stem)]

    async def overview(self, documents: Sequence[Document], passages: int) -> list[Hit]:
        """The beginnings of the documents, and chunks spread over each, in reading order."""
        share = max(passages // len(documents), 1)
        hits: list[Hit] = []
        for document in documents[:passages]:
            chunks = await self.reader.chunks(document.id, -1, CHUNKS)
            hits += [_hit(document, chunks[at]) for at in _spread(len(chunks), share)]
        return hits

    async def _considered(self, turn: Turn, name: str | None = None) -> list[Document]:
        """The documents that the turn is limited to, or the newest, of those with `name` in their names."""
        if turn.document_ids:
            return list((await self.reader.visible(turn.document_ids)).values())
        return await self.reader.documents(LISTED if name else CONSIDERED, None, name)


def _entry(document: Document) -> str:
    pages = f" ({document.pages} page{'s' * (document.pages != 1)})" if document.pages else ""
    return f"{document.filename}{pages}"


def _stem(filename: str) -> str:
    return filename.rpartition(".")[0] or filename


def _called(documents: Sequence[Document], message: str, names: Sequence[str]) -> list[Document]:
    """Those whose whole name, which may have spaces, is in the message; else those that one of `names` ends."""
    named = [(document, document.filename.lower()) for document in documents]
    whole = [document for document, name in named if name in message or name in names]
    return whole or [document for document, name in named if name.endswith(tuple(names))]


def _spread(chunks: int, share: int) -> list[int]:
    """Indexes of at most `share` of `chunks` chunks: the first, and others at equal distances."""
    count = min(chunks, share)
    return [at * chunks // count for at in range(count)]


def _hit(document: Document, chunk: StoredChunk) -> Hit:
    return Hit(
        document_id=document.id,
        filename=document.filename,
        chunk_id=chunk.id,
        page=chunk.page,
        start=chunk.start,
        end=chunk.end,
        text=chunk.text,
        score=1.0,
        dense_score=None,
        sparse_score=None,
        heading=chunk.heading,
    )
