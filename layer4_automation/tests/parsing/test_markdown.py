"""Markdown: the rendered text is stored, not the source."""

from api.adapters.parsing.formats import parse_document
from api.services.parsing.parser import MARKDOWN, ParsedDocument, ParseLimits


def parsed(source: str) -> ParsedDocument:
    return parse_document(source.encode(), "file.md", ParseLimits())


def test_markup_is_removed_and_text_is_kept() -> None:
    document = parsed("# Setup *fast*\n\nInstall [**Docker**](https://x.example/)\nand `make`, ![a chart](c.png).\n")
    assert document.content_type == MARKDOWN
    assert document.text == "Setup fast\n\nInstall Docker (https://x.example/) and make, a chart."


def test_headings_have_levels() -> None:
    document = parsed("# A\n\n## B\n\ntext\n\nC\n=\n\n#### D\n")
    levels = [(document.text[h.start : h.end], h.level) for h in document.headings]
    assert levels == [("A", 1), ("B", 2), ("C", 1), ("D", 4)]


def test_code_is_kept_unchanged() -> None:
    document = parsed("Run:\n\n```sh\nmake run  # now\n    indented\n\n# not a heading\n```\n")
    assert document.text == "Run:\n\nmake run  # now\n    indented\n\n# not a heading"
    assert document.headings == ()


def test_lists_keep_their_bullets_and_numbers() -> None:
    document = parsed("Steps:\n\n3. three\n4. four\n   - inner\n\n- loose\n\n- list\n")
    assert document.text == "Steps:\n3. three\n4. four\n  - inner\n\n- loose\n\n- list"


def test_tables_become_rows() -> None:
    assert parsed("| a | b |\n|---|---|\n| 1 | *2* |\n| 3 | 4 |\n").text == "a | b\n1 | 2\n3 | 4"


def test_html_inside_is_read_as_html() -> None:
    assert (
        parsed("<details><summary>More</summary>text</details>\n\na<br>b <i>c</i>\n").text == "More\n\ntext\n\na\nb c"
    )


def test_an_address_that_is_in_the_text_or_leads_within_the_site_is_not_repeated() -> None:
    source = "<https://x.example/a> [x.example/b](https://x.example/b) [mail](mailto:me@x.example) [guide](guide.md)\n"
    assert parsed(source).text == "https://x.example/a x.example/b mail (me@x.example) guide"


def test_raised_numbers_are_marked() -> None:
    assert parsed("It has 12<sup>3</sup> seats.\n").text == "It has 12^3 seats."


def test_front_matter_is_text_and_not_a_heading() -> None:
    document = parsed("---\ntitle: Guide\n---\n# Setup\n")
    assert document.text == "title: Guide\n\nSetup"
    assert len(document.headings) == 1


def test_the_rows_of_a_table_are_known_and_each_is_a_line() -> None:
    document = parsed("Prices:\n\n| Size | Price |\n|---|---|\n| small | 2<br>euros |\n| | 4 |\n\nEnd.\n")
    (table,) = document.tables
    rows = [document.text[start:end] for start, end in table.rows]
    assert (rows, table.headers) == (["Size | Price", "small | 2 euros", " | 4"], 1)


def test_an_escaped_bar_does_not_end_its_cell() -> None:
    document = parsed("| Sign | Meaning |\n|---|---|\n| `a \\| b` | or |\n| c\\|d | pipe |\n")
    assert document.text == "Sign | Meaning\na|b | or\nc|d | pipe"


def test_struck_out_text_is_left_out_with_a_warning() -> None:
    document = parsed("The fee is ~~30 *euros*~~ 25 euros.\n")
    assert document.text == "The fee is 25 euros."
    assert document.warnings == ("Struck-out text is not part of the text.",)


def test_a_bar_in_the_code_of_a_cell_does_not_end_the_cell() -> None:
    table = "| Part | Use `a|b` | Note |\n|---|:-:|--:|\n| P1 \\| P2 | `x \\| y` | 5 |\n| P3 | `a | b` | 6 |\n"
    assert parsed(table).text == "Part | Use a|b | Note\nP1|P2 | x|y | 5\nP3 | a|b | 6"
    code = "```\n| `a|b` |\n|---|\n```\n\n    | `a|b` |\n\nUse `c|d`."
    assert parsed(code).text == "| `a|b` |\n|---|\n\n| `a|b` |\n\nUse c|d."
