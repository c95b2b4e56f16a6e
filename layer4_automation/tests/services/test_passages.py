"""Passages: the parts of a chunk that can be quoted."""

from hypothesis import given
from hypothesis import strategies as st

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
