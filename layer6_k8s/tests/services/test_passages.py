"""Passages: the parts of a chunk that can be quoted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.services.text.above import Above
from api.services.text.lists import lists_of
from api.services.text.passages import ANNOUNCED_CHARS, passages_of

PIECES = st.sampled_from(["Title", "\n\n", "\n", "- item", "Run this:", "make run", "It works. ", "Why? ", "row | 3"])


def test_a_sentence_with_a_colon_and_its_block_are_one_passage() -> None:
    found = passages_of("Start it with:\n\nmake run\nmake test\n\nThen open the page.")
    assert [passage.text for passage in found] == ["Start it with:\n\nmake run\nmake test", "Then open the page."]


def test_a_long_list_is_not_joined_to_its_announcement() -> None:
    items = "\n".join(f"- item number {number} of a long list" for number in range(40))
    assert all(len(passage.text) <= ANNOUNCED_CHARS for passage in passages_of(f"The following are known:\n\n{items}"))


def test_titles_and_questions_are_marked_and_are_the_context_of_what_follows() -> None:
    title, question, answer = passages_of("Frequent questions\n\nWhich port is used?\n\nIt is 8000.")
    assert (title.title, question.title, answer.title) == (True, True, False)
    assert answer.context == "Which port is used?"


def test_table_rows_commands_and_list_items_are_no_titles() -> None:
    found = passages_of("Mac | 7,382\niPad | 7,224\n\n- a thing\n- another\n\nexport PORT=8000\n\nDone.")
    assert not any(passage.title for passage in found)
    assert "a thing" in [passage.text for passage in found]


@given(st.lists(PIECES | st.text(max_size=6)).map("".join))
def test_offsets_are_exact_and_only_list_marks_are_left_out(text: str) -> None:
    end = 0
    for passage in passages_of(text):
        assert text[passage.start : passage.end] == passage.text != ""
        assert not any(map(str.isalnum, text[end : passage.start]))
        end = passage.end
    assert not any(map(str.isalnum, text[end:]))


def test_a_row_has_the_top_of_its_table_as_context_and_a_header_is_a_label() -> None:
    top = Above("Stock", "As of May, in euros", "Article | Shelf")
    found = passages_of("As of May, in euros\n\nArticle | Shelf\nAB-1 | Near St. Paul's. The left one", top)
    assert [(one.text, one.row, one.label) for one in found] == [
        ("As of May, in euros", False, True),
        ("Article | Shelf", False, True),
        ("AB-1 | Near St. Paul's. The left one", True, False),
    ]
    assert found[-1].embedded == "As of May, in euros\nArticle | Shelf\nAB-1 | Near St. Paul's. The left one"


def test_a_title_of_the_document_is_a_label_unless_it_is_a_sentence() -> None:
    found = passages_of("Opening hours\n\nWe open at nine.", Above("Office > Opening hours"))
    assert [one.label for one in found] == [True, False]
    assert not passages_of("The office is closed.", Above("The office is closed."))[0].label


def test_a_list_below_a_title_is_a_passage_with_its_title() -> None:
    text = "What to bring\n\n- all keys\n- the form\n\n## Not this"
    (found,) = lists_of(text, passages_of(text, Above("What to bring")))
    assert found.embedded == "What to bring\n- all keys\n- the form"


def test_the_name_of_a_group_is_a_label_and_the_context_of_its_rows() -> None:
    found = passages_of("Earnings per share: |  |\nBasic | 1.20 | 1.31", Above("", "", "| 2027 | 2026"))
    assert [(one.label, one.context) for one in found] == [(True, ""), (False, "Earnings per share:\n| 2027 | 2026")]


@pytest.mark.parametrize(
    "row", [" | 2027 | 2026", "2027 | 2026", "June 30, | June 26,", " | Plan | Actual", "|  | Change"]
)
def test_a_row_of_names_of_columns_is_a_label(row: str) -> None:
    assert [one.label for one in passages_of(f"{row}\nSales | 12 | 14")] == [True, False]


@pytest.mark.parametrize("row", ["Sales | 2027 | 14", " | 12 | 14", "In total | 3 | 4", "Riga | open", "May | - | 5 %"])
def test_a_row_with_values_is_none(row: str) -> None:
    assert [one.label for one in passages_of(row)] == [False]


def test_what_announces_a_table_is_a_label_and_is_not_joined_to_it() -> None:
    text = "Costs were as follows (in millions):\n\nThree Months Ended June 30,\n\nRent | 12 | 14"
    assert [one.label for one in passages_of(text)][::2] == [True, False]
    assert passages_of(text)[0].text == "Costs were as follows (in millions):"


def test_a_list_is_one_passage_with_its_announcement_however_its_items_are_spaced() -> None:
    text = "Bring the following:\n\n- gloves\n\n- a rope"
    assert [one.text for one in passages_of(text)] == [text]
    items = "\n".join(f"- thing number {number} of the list" for number in range(20))
    (found,) = lists_of(f"Bring these:\n{items}", passages_of(f"Bring these:\n{items}"))
    assert found.text == f"Bring these:\n{items}"


def test_a_list_that_begins_a_chunk_is_the_second_part_of_one_below_the_title() -> None:
    top = Above("Shop > Closing")
    (found,) = lists_of("7. Lock the door\n8. Go home", passages_of("7. Lock the door\n8. Go home", top), top)
    assert (found.text, found.context) == ("7. Lock the door\n8. Go home", "Closing")


def test_the_sentences_of_an_item_are_in_its_list() -> None:
    text = "Rules\n\n1. Be quiet. Others work.\n2. Be early.\n\nThe end."
    (found,) = lists_of(text, passages_of(text))
    assert found.text == "1. Be quiet. Others work.\n2. Be early."


def test_terms_with_their_values_are_no_titles_and_know_what_they_stand_under() -> None:
    found = passages_of("Fees\n\nReader card: 15 euros\n\nReminder: 1 euro\n\nWe are open daily.", Above("Fees"))
    assert [(one.title, one.value, one.under) for one in found[1:3]] == [
        (False, "15 euros", "Fees"),
        (False, "1 euro", "Fees"),
    ]


@pytest.mark.parametrize("line", ["Data sheet P17", "Heat exchanger HX-130"])
def test_a_line_with_a_part_number_can_be_a_title(line: str) -> None:
    assert passages_of(f"{line}\n\nThe maximum pressure is 9 bar.")[0].title


@pytest.mark.parametrize("line", ["The annual fee of the club is", "It is open on every", "Employees 1,204"])
def test_a_line_that_breaks_off_or_has_a_number_is_no_title(line: str) -> None:
    assert not passages_of(f"{line}\n\n140 euros are paid in May.")[0].title


@pytest.mark.parametrize("line", ["Page 2 of 4", "2 / 4", "- Seite 7 -"])
def test_the_number_of_a_page_is_a_label(line: str) -> None:
    assert [one.label for one in passages_of(f"{line}\n\nA sentence is none.")] == [True, False]
