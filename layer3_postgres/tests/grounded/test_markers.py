"""What is a citation in an answer, and what only looks like one."""

import pytest

from api.services.rag.checking.statements import rewritten, statements
from api.services.rag.citations import MarkerFilter

THREE = range(1, 4)
CITATIONS = [
    ("It is red [1][2].", "It is red [1][2]."),
    ("It is red [1, 2], [1-3] and [1]–[3].", "It is red [1][2], [1][2][3] and [1][2][3]."),
    ("It is red【1】 or【2†source】 blue.", "It is red[1] or[2] blue."),
    ("It is red [^1], (source 2), [source 3], [doc 1].", "It is red [1], [2], [3], [1]."),
    ("It is red [1, p. 3], [#1], [S2], ［3］ or \\[1\\].", "It is red [1], [1], [2], [3] or [1]."),
    ("It was 1946[1]. It is red[2] today.", "It was 1946[1]. It is red[2] today."),
    ("[1] It is red. [2] It is long.", "[1] It is red. [2] It is long."),
    ("| red | 1946 [1] |", "| red | 1946 [1] |"),
]
INVENTED = [
    ("It is red [7].", "It is red.", 1),
    ("It is red [1][2][9].", "It is red [1][2].", 1),
    ("It is red [12] or blue [1].", "It is red or blue [1].", 1),
]
LEFT_ALONE = [
    "first = items[7]",
    "first = items[1]",
    "Take items[1] or a[2].",
    "`values[1]` and `x [2]`",
    "```python\nfirst = items[1]\nsecond = [1, 2]\n```",
    "~~~\n[1]\n~~~",
    '{"pages": [7, 12], "ids": [1, 2]}',
    '{\n  "ids": [1, 2],\n  "text": "red [1]"\n}',
    "The interval [0, 1], the matrix [1, 2; 3, 4] and the pages [10-12].",
    "The interval [1, 2] and the vector [1, 2, 3].",
    "[1, 2]\n[3, 1]\n",
    "x = [1]",
    "Read [1](http://example.org).",
    "It is [x] or [1946] or [",
]


def passed(text: str, size: int = 10_000, valid: range = THREE) -> tuple[str, int]:
    markers = MarkerFilter(valid)
    pieces = [markers.feed(text[at : at + size]) for at in range(0, len(text), size)]
    return "".join([*pieces, markers.flush()]), markers.removed


@pytest.mark.parametrize("size", [1, 4, 10_000])
@pytest.mark.parametrize(("written", "read"), CITATIONS)
def test_every_notation_becomes_one(written: str, read: str, size: int) -> None:
    assert passed(written, size) == (read, 0)


@pytest.mark.parametrize("size", [1, 4, 10_000])
@pytest.mark.parametrize(("written", "read", "removed"), INVENTED)
def test_a_source_that_does_not_exist_is_removed_with_the_space_before_it(
    written: str, read: str, removed: int, size: int
) -> None:
    assert passed(written, size) == (read, removed)


@pytest.mark.parametrize("size", [1, 4, 10_000])
@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_is_no_marker_stays_as_it_is(text: str, size: int) -> None:
    assert passed(text, size) == (text, 0)


def test_without_sources_nothing_is_touched() -> None:
    text = "It is red [1], 【2】 or (source 3), see items[0]."
    assert passed(text, 1, range(0)) == (text, 0)


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ("It is red [1]. It is long.", [("It is red.", (1,)), ("It is long.", ())]),
        ("It is red. [1] It is long. [2]", [("It is red.", (1,)), ("It is long.", (2,))]),
        (
            "[1] It is red. [2] It is long.\n[3] It is old.",
            [("It is red.", (1,)), ("It is long.", (2,)), ("It is old.", (3,))],
        ),
        (
            "- It is red [1]\n- It is long\n2. It is old [3]",
            [("It is red", (1,)), ("It is long", ()), ("It is old", (3,))],
        ),
        ("# Head\n\nIt is red.\n\n```\nx = 1.\n```\n", [("It is red.", ())]),
        (
            "| colour | year |\n|---|---|\n| red | 1946. Or so [1] |\n| blue | 1950 |",
            [("| red | 1946. Or so |", (1,)), ("| blue | 1950 |", ())],
        ),
    ],
)
def test_a_marker_belongs_to_its_sentence(response: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert [(one.text, one.cited) for one in statements(response, THREE)] == expected


def test_code_in_a_sentence_states_nothing() -> None:
    [statement] = statements("It is red [1], see `list[1]` and ``a `b` c``.", THREE)
    assert statement.cited == (1,)
    assert statement.prose.split() == ["It", "is", "red,", "see", "and", "."]


@pytest.mark.parametrize(
    ("response", "kept", "expected"),
    [
        ("It is red [1]. It is long [2].", [[1], [2]], "It is red [1]. It is long [2]."),
        ("It is red [1]. It is long [2].", [[3], []], "It is red [3]. It is long."),
        ("It is red. It is long.", [[1], [2]], "It is red. [1] It is long. [2]"),
        ("[1] It is red. [2] It is long.", [[2], []], "[2] It is red. It is long."),
        ("| red | 1946 |", [[1]], "| red | 1946 [1] |"),
        ("It is red [1][2].", [[2]], "It is red [2]."),
    ],
)
def test_a_statement_gets_the_markers_that_hold(response: str, kept: list[list[int]], expected: str) -> None:
    found = statements(response, THREE)
    text, spans = rewritten(response, found, kept, THREE)
    assert text == expected
    for statement, (start, end) in zip(found, spans, strict=True):
        assert statement.text.split()[0] in text[start:end]
        assert text[start:end].strip() == text[start:end]
