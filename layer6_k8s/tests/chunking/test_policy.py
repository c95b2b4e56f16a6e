"""Where a document is split, and where not."""

import itertools

import pytest

from api.adapters.parsing.text_builder import Block, DocumentText
from api.services.chunking.chunks import ENOUGH, MAX_CHUNKS, Chunk, chunk
from api.services.parsing.errors import DocumentTooLarge
from api.services.parsing.parser import TEXT, ParsedDocument, ParseLimits
from tests.chunking.simple_tokens import SimpleTokens
from tests.chunking.sound import assert_sound


def words(count: int, word: str = "word") -> str:
    """A text of `count` wordpieces."""
    return " ".join([word] * count)


def document(*blocks: Block | None) -> ParsedDocument:
    """A document of these blocks; None ends a page."""
    text = DocumentText(ParseLimits())
    for block in blocks:
        text.add(block) if block else text.end_page()
    return text.parsed(TEXT)


def chunks(*blocks: Block | None) -> list[Chunk]:
    parsed, tokens = document(*blocks), SimpleTokens()
    found = chunk(parsed, tokens)
    assert_sound(parsed, found, tokens)
    return found


def test_a_paragraph_of_sufficient_size_is_a_chunk() -> None:
    one, two = words(ENOUGH, "aaaa"), words(ENOUGH, "bbbb")
    assert [c.text for c in chunks(Block(one), Block(two))] == [one, two]


def test_small_neighbours_are_joined_up_to_the_target() -> None:
    found = chunks(*(Block(words(30)) for _ in range(10)))
    assert [len(SimpleTokens().offsets(c.text)) for c in found] == [180, 120]


def test_a_heading_begins_a_chunk_with_its_text() -> None:
    found = chunks(
        Block("Before."),
        Block("Setup", 1),
        Block("Docker", 2),
        Block("Install it."),
        Block("Python", 2),
        Block("Or so."),
        Block("End", 1),
    )
    assert [(c.heading, c.text) for c in found] == [
        ("", "Before."),
        ("Setup > Docker", "Setup\n\nDocker\n\nInstall it."),
        ("Setup > Python", "Python\n\nOr so."),
        ("End", "End"),
    ]


def test_a_chunk_lies_on_one_page() -> None:
    found = chunks(Block("Page one."), None, None, Block("Page three."), Block("Still three."), None)
    assert [(c.page, c.text) for c in found] == [(1, "Page one."), (3, "Page three.\n\nStill three.")]


def test_text_without_pages_has_no_page_numbers() -> None:
    assert [c.page for c in chunks(Block("Text."))] == [None]


def test_a_long_paragraph_is_split_between_sentences_into_even_parts() -> None:
    sentences = [f"Sentence number {n} says {words(40)}." for n in range(10)]
    found = chunks(Block(" ".join(sentences)))
    assert all(c.text.startswith("Sentence") and c.text.endswith(".") for c in found)
    sizes = [len(SimpleTokens().offsets(c.text)) for c in found]
    assert max(sizes) - min(sizes) <= 60


def test_a_paragraph_of_up_to_two_chunks_becomes_its_beginning_and_its_end() -> None:
    sentences = [" ".join(["Institutions"] * 11) + f" {n}." for n in range(7)]
    first, second = chunks(Block(" ".join(sentences)))
    assert first.text == " ".join(sentences[:6])
    assert second.text == " ".join(sentences[1:])


def test_sentences_that_neither_end_can_cover_are_chunks_of_their_own() -> None:
    parts = ["x" * 590, "y" * 590, "z" * 590]
    assert [c.text for c in chunks(Block(" ".join(parts)))] == parts


def test_neighbours_are_joined_up_to_the_maximum_number_of_characters() -> None:
    rows = [f"| {number:3} | {'x' * 300} |" for number in range(10)]
    found = chunks(*(Block(row, tight=True) for row in rows))
    assert [c.text.count("\n") + 1 for c in found] == [3, 3, 3, 1]


def test_a_short_last_sentence_is_repeated_in_the_next_chunk() -> None:
    long, short = words(90, "Word") + ".", "So it is."
    found = chunks(Block(" ".join([long, short] * 4)))
    overlaps = [a.end - b.start for a, b in itertools.pairwise(found)]
    assert len(short) in overlaps
    assert all(overlap in (len(short), -1) for overlap in overlaps)


def test_paragraphs_that_fit_do_not_overlap() -> None:
    found = chunks(*(Block(words(100)) for _ in range(5)))
    assert all(a.end < b.start for a, b in itertools.pairwise(found))


def test_a_very_long_heading_leaves_room_for_the_text() -> None:
    found = chunks(Block("Chapter", 1), Block(words(200, "head"), 2), Block("Inner", 3), Block(words(100)))
    assert found[-1].heading == "Inner"


def test_headings_are_one_line() -> None:
    assert chunks(Block("Two\nlines", 1), Block("Text."))[0].heading == "Two lines"


def test_a_document_with_too_many_chunks_is_refused() -> None:
    titles = [Block("Title", 1), Block("Text.")] * MAX_CHUNKS
    assert len(chunk(document(*titles), SimpleTokens())) == MAX_CHUNKS
    with pytest.raises(DocumentTooLarge, match="more than 20,000 chunks"):
        chunk(document(*titles, Block("One more", 1)), SimpleTokens())
