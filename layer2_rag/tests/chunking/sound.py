"""The invariants of chunks, for any document and tokenizer."""

from api.services.chunking.chunks import Chunk
from api.services.chunking.splitting import MAX_CHARS
from api.services.documents.store import embedded_text
from api.services.embedding.token_map import TokenCounter
from api.services.parsing.parser import ParsedDocument


def assert_sound(parsed: ParsedDocument, chunks: list[Chunk], tokens: TokenCounter) -> None:
    """Offsets are exact, no text is lost, no chunk exceeds the window or `MAX_CHARS`, in order, each on one page."""
    covered = 0
    previous = -1
    for index, chunk in enumerate(chunks):
        assert chunk.index == index
        assert chunk.text == parsed.text[chunk.start : chunk.end]
        assert chunk.text.strip() == chunk.text != ""
        assert len(chunk.text) <= MAX_CHARS
        assert chunk.start > previous
        assert not parsed.text[covered : chunk.start].strip()
        assert len(tokens.offsets(embedded_text(chunk))) <= tokens.window
        if parsed.pages:
            assert chunk.page is not None
            start, end = parsed.pages[chunk.page - 1]
            assert start <= chunk.start < chunk.end <= end
        previous, covered = chunk.start, max(covered, chunk.end)
    assert not parsed.text[covered:].strip()
