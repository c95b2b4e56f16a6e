"""Rows of a table: whole, a few to a chunk, below the top of their table."""

import itertools

from api.adapters.parsing.text_builder import Block, Row
from api.services.chunking.chunks import Chunk
from api.services.chunking.tables import MANY
from api.services.documents.store import embedded_text
from api.services.text.above import Above, above
from tests.chunking.simple_tokens import SimpleTokens
from tests.chunking.test_policy import chunks, words

HEADER = "Article | Shelf | Price in EUR"


def table(*rows: str, headers: int = 1) -> list[Block]:
    kinds = itertools.chain(itertools.repeat(Row.HEADER, headers), itertools.repeat(Row.BODY))
    return [Block(row, tight=at > 0, row=kind) for at, (row, kind) in enumerate(zip(rows, kinds, strict=False))]


def articles(count: int) -> list[str]:
    return [f"AB-{1200 + n}/XI | shelf number {n} | {n}.{n:02}" for n in range(count)]


def rows_of(found: list[Chunk]) -> list[list[str]]:
    return [chunk.text.split("\n") for chunk in found]


def size(text: str) -> int:
    return len(SimpleTokens().offsets(text))


def test_a_chunk_has_four_rows_below_the_header() -> None:
    found = chunks(*table(HEADER, *articles(10)))
    assert rows_of(found) == [[HEADER, *articles(4)], articles(8)[4:], articles(10)[8:]]
    assert {above(chunk.heading) for chunk in found} == {Above(header=HEADER)}
    assert all(embedded_text(chunk).startswith(f"{HEADER}\nAB-12") for chunk in found)


def test_titles_and_the_line_right_above_stand_above_each_chunk() -> None:
    found = chunks(
        Block("Stock", 1), Block("Tools", 2), Block("As of May:"), *table(HEADER, *articles(8)), Block("End.")
    )
    assert found[0].text == "\n".join(["Stock\n\nTools\n\nAs of May:\n", HEADER, *articles(4)])
    assert [above(chunk.heading) for chunk in found[:2]] == [Above("Stock > Tools", "As of May:", HEADER)] * 2
    assert embedded_text(found[1]) == "\n".join(["Stock > Tools", "As of May:", HEADER, *articles(8)[4:]])
    assert (found[2].text, found[2].heading) == ("End.", "Stock > Tools")


def test_a_paragraph_above_a_table_is_no_caption() -> None:
    found = chunks(Block(words(80)), *table(HEADER, *articles(4)))
    assert [above(chunk.heading) for chunk in found] == [Above(), Above(header=HEADER)]


def test_rows_are_not_joined_to_the_text_around_them() -> None:
    found = chunks(Block(words(80)), *table(*articles(2), headers=0), Block("A short end."))
    assert rows_of(found)[1:] == [articles(2), ["A short end."]]


def test_short_rows_are_joined() -> None:
    (one,) = chunks(*table("Year | Days", *(f"{n} | {n}" for n in range(9))))
    assert one.text.count("\n") == 9


def test_long_rows_are_joined_up_to_a_size() -> None:
    found = chunks(*table(HEADER, *(f"{words(50)} | {n}" for n in range(6))))
    assert [chunk.text.count("|") for chunk in found] == [4, 2, 2]
    assert all(size(embedded_text(chunk)) <= MANY for chunk in found)


def test_a_header_of_several_rows_is_repeated_whole() -> None:
    found = chunks(*table(" | 2026 | 2027", "Branch | staff | staff", *articles(8), headers=2))
    assert {above(chunk.heading).header for chunk in found} == {"| 2026 | 2027\nBranch | staff | staff"}


def test_a_header_takes_at_most_half_of_the_window() -> None:
    columns = " | ".join(f"column{n}" for n in range(100))
    found = chunks(*table(columns, *articles(6)))
    header = above(found[-1].heading).header
    assert columns.startswith(header)
    assert 90 <= size(header) <= 127


def test_a_row_that_is_longer_than_the_window_is_cut_between_cells() -> None:
    cells = [words(60, letter * 4) for letter in "abcdefg"]
    found = chunks(*table("Name | Text", "short | one", " | ".join(cells), "last | two"))
    assert [chunk.text.removesuffix(" |") for chunk in found[1:-1]] == [" | ".join(cells[n : n + 3]) for n in (0, 3, 6)]
    assert found[-1].text == "last | two"


def test_a_table_goes_on_below_its_header_on_the_next_page() -> None:
    first, *others = table(HEADER, *articles(3))
    found = chunks(first, others[0], None, *others[1:], None)
    assert [(chunk.page, chunk.text) for chunk in found] == [
        (1, f"{HEADER}\n{articles(1)[0]}"),
        (2, "\n".join(articles(3)[1:])),
    ]
    assert above(found[1].heading).header == HEADER


def test_a_table_of_header_rows_alone_has_no_header() -> None:
    (one,) = chunks(*table(*articles(2), headers=2))
    assert (one.heading, one.text) == ("", "\n".join(articles(2)))


STATEMENT = [
    " | Three Months Ended June 30, | ",
    " | 2026 | 2027",
    "Cost of sales: |  | ",
    *(f"Product line number {n} | {n},210 | {n},{n}05" for n in range(1, 7)),
]


def test_header_rows_are_known_by_their_form() -> None:
    found = chunks(*table(*STATEMENT, headers=0))
    assert {above(chunk.heading).header for chunk in found} == {"| Three Months Ended June 30, |\n | 2026 | 2027"}


def test_a_row_of_values_is_no_header() -> None:
    for first in ("Sales | 12 | 14", " | 12 | 14", "Branch | Riga | Oslo", "Sales | 3 % | 4 %", "Total | - | 5"):
        assert {above(chunk.heading).header for chunk in chunks(*table(first, *STATEMENT[3:], headers=0))} == {""}


def test_the_name_of_a_group_stands_above_the_chunks_of_its_rows() -> None:
    first, second = chunks(*table(*STATEMENT, headers=0))
    assert (above(first.heading).caption, above(second.heading).caption) == ("", "Cost of sales:")
    assert embedded_text(second).startswith("Cost of sales:\n| Three Months Ended June 30, |\n | 2026 | 2027\nProduct")


def test_several_short_lines_above_a_table_are_its_caption() -> None:
    found = chunks(Block(words(80)), Block("Net sales"), Block("In millions"), *table(HEADER, *articles(8)))
    assert [above(chunk.heading).caption for chunk in found] == ["", "Net sales In millions", "Net sales In millions"]
    assert found[1].text.startswith("Net sales\n\nIn millions\n\nArticle |")
    assert embedded_text(found[1]) == found[1].text


def test_a_row_that_the_parser_tore_off_is_in_the_first_chunk_and_in_no_caption() -> None:
    found = chunks(Block("December 31, 2026 2027"), Block("Cash 53,888 49,529"), *table(*STATEMENT[3:], headers=0))
    assert {above(chunk.heading).caption for chunk in found} == {"December 31, 2026 2027"}
    assert found[0].text.startswith("December 31, 2026 2027\n\nCash 53,888 49,529\n\nProduct line number 1 |")


def test_the_dates_above_a_torn_table_hold_for_its_parts() -> None:
    dates, total = [Block("June 25,\n2027"), Block("September 25,\n2026")], Block("Total assets 112,292 134,836")
    found = chunks(
        Block("Assets:"), *dates, *table(*STATEMENT[3:], headers=0), total, *table(*STATEMENT[3:], headers=0), None
    )
    assert all("June 25, 2027 September 25, 2026" in " ".join(embedded_text(chunk).split()) for chunk in found)


def test_the_dates_do_not_hold_behind_a_paragraph_or_on_another_page() -> None:
    rows = table(*STATEMENT[3:], headers=0)
    for between in (Block(words(100)), None):
        found = chunks(Block("June 25, 2027"), *rows, between, Block("Staff"), *rows, None)
        assert "2027" not in embedded_text(found[-1])


def test_a_total_that_stands_in_one_cell_names_no_group() -> None:
    found = chunks(*table("Total assets 112,292 134,836 |  | ", *STATEMENT[3:], headers=0))
    assert {chunk.heading for chunk in found} == {""}


def test_units_and_the_columns_of_groups_belong_to_the_header() -> None:
    units = chunks(*table("Time | Pressure", "s | bar", *(f"{n} | 1.{n}" for n in range(9))))
    assert {above(chunk.heading).header for chunk in units} == {"Time | Pressure\ns | bar"}
    names = ("Region | 2027 | 2027 | 2026 | 2026", "District | Men | Women | Men | Women")
    groups = chunks(*table(*names, *(f"North {n} | 5 | 6 | 7 | 8" for n in range(9))))
    assert {above(chunk.heading).header for chunk in groups} == {"\n".join(names)}


def test_a_row_of_words_above_numbers_is_no_header() -> None:
    found = chunks(*table("Town | Bus | Train", "Oslo | hourly | daily", *(f"Lund {n} | 5 | 6" for n in range(9))))
    assert {above(chunk.heading).header for chunk in found} == {"Town | Bus | Train"}
