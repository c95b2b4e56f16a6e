"""Hostile and absurd documents: chunks are sound, and made in linear time."""

from collections.abc import Callable

import pytest

from api.services.chunking.chunks import chunk
from api.services.chunking.splitting import MAX_CHARS
from api.services.parsing.parser import TEXT, ParsedDocument
from tests.chunking.simple_tokens import SimpleTokens
from tests.chunking.sound import assert_sound
from tests.measuring import cpu_seconds


def one_block(text: str) -> ParsedDocument:
    return ParsedDocument(text, TEXT, (), (), ((0, len(text)),))


def tiny_paragraphs(count: int) -> ParsedDocument:
    return ParsedDocument("ok\n\n" * count, TEXT, (), (), tuple((4 * n, 4 * n + 2) for n in range(count)))


ABSURD: dict[str, Callable[[int], ParsedDocument]] = {
    "one word": lambda size: one_block("x" * size),
    "one line of short sentences": lambda size: one_block("a b. " * (size // 5)),
    "abbreviations that never end a sentence": lambda size: one_block("e.g. " * (size // 5)),
    "dots without spaces": lambda size: one_block("ab.c" * (size // 4)),
    "emoji": lambda size: one_block("😀" * size),
    "Chinese without spaces": lambda size: one_block("汉" * size),
    "white space that belongs to the text": lambda size: one_block(("a" + " " * 999 + "b\n") * (size // 1_002)),
    "numbers in lines": lambda size: one_block("1 2 3\n" * (size // 6)),
    "tiny paragraphs": lambda size: tiny_paragraphs(size // 4),
}


@pytest.mark.parametrize("name", ABSURD)
def test_chunks_of_absurd_documents_are_sound(name: str) -> None:
    parsed, tokens = ABSURD[name](60_000), SimpleTokens()
    assert_sound(parsed, chunk(parsed, tokens), tokens)


@pytest.mark.parametrize("name", ABSURD)
def test_the_time_grows_at_most_linearly(name: str) -> None:
    chunk(ABSURD[name](20_000), SimpleTokens())
    documents = [ABSURD[name](size) for size in (100_000, 400_000)]
    small, large = (cpu_seconds(chunk, parsed, SimpleTokens()) for parsed in documents)
    assert large < 4 * 2 * small + 0.2


def test_ten_megabytes_without_a_space_are_split() -> None:
    parsed = one_block("x" * 10_000_000)
    found = chunk(parsed, SimpleTokens())
    assert "".join(c.text for c in found) == parsed.text
    assert max(len(c.text) for c in found) <= MAX_CHARS
