"""Whatever is uploaded: text that every store accepts, or an error that we name."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.adapters.document_formats import parse_document
from api.errors import MyStackError
from api.services.parsing import ParsedDocument, ParseLimits
from tests.parsing.documents import pdf, word

MARKUP = st.lists(
    st.sampled_from(
        [
            "<p>",
            "</p>",
            "<li>",
            "<ul>",
            "</ul>",
            "<ol start=-1>",
            "<table>",
            "<tr>",
            "<td>",
            "</table>",
            "<pre>",
            "<br>",
        ]
        + ["# ", "- ", "1. ", "> ", "```\n", "\n", "\n\n", "| a | b |\n", "---\n", "**", "[x](y)", "    ", "\t", "&#0;"]
        + ["<h1>", "</h1>", "<template>", "<svg>", "\ud800", "\x00", "é", "word", " ", "\u202e", "\ufeff", "&#xD800;"]
    )
).map("".join)


def assert_sound(document: ParsedDocument) -> None:
    """The promises of `ParsedDocument`."""
    text = document.text
    assert text.encode().decode() == text
    assert text.strip()
    assert "\0" not in text
    covered = 0
    for start, end in document.blocks:
        assert text[start:end].strip()
        assert not text[covered:start].strip()
        assert start >= covered
        covered = end
    assert not text[covered:].strip()
    assert {(h.start, h.end) for h in document.headings} <= set(document.blocks)
    assert all(1 <= h.level <= 6 for h in document.headings)
    assert list(document.pages) == sorted(document.pages)


@given(source=MARKUP, name=st.sampled_from(["a.md", "a.html", "a.txt", "a"]))
def test_any_markup_gives_a_sound_document(source: str, name: str) -> None:
    data = source.encode("utf-8", "surrogatepass")
    try:
        assert_sound(parse_document(data, name, ParseLimits()))
    except MyStackError as error:
        assert error.status in (400, 415)


@given(data=st.binary(max_size=300), name=st.sampled_from(["a.md", "a.html", "a.txt", "a.pdf", "a.docx"]))
def test_any_bytes_give_a_sound_document_or_a_named_error(data: bytes, name: str) -> None:
    try:
        assert_sound(parse_document(data, name, ParseLimits()))
    except MyStackError as error:
        assert error.status in (400, 415)


@pytest.mark.parametrize(
    "original", [pdf("# Title\nSome text.", "More text."), word(lambda d: d.add_paragraph("Hello."))]
)
def test_damaged_files_give_a_sound_document_or_a_named_error(original: bytes) -> None:
    chance = random.Random(7)
    for _ in range(150):
        data = bytearray(original)
        for _ in range(chance.randrange(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            assert_sound(parse_document(bytes(data), "file", ParseLimits()))
        except MyStackError as error:
            assert error.status in (400, 415)
