"""Sentence boundaries."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.services.text.sentences import MAX_LENGTH, sentences
from tests.measuring import cpu_seconds

PIECES = st.sampled_from(
    [
        "Mr. ",
        "U.S. ",
        "3.5",
        ". ",
        "? ",
        "! ",
        "…",
        "\n",
        "\n\n",
        "- ",
        "1. ",
        "。",
        "\u2028",
        "\x1c",
        "e.g. ",
        ") ",
        "”",
    ]
)


def split(text: str) -> list[str]:
    return [sentence.text for sentence in sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Smith met J. A. Hobson and Dr. Weil in the U.S. Senate.",
        "It cost $3.5 million, i.e. more than in 1999.",
        "See Fig. 3 and No. 5 of vol. 2 (c. 1455).",
        "Version 2.3.1 is at https://example.com/a.html today.",
        "The company Yahoo! is meant.",
        "He works for Apple Inc. and Alphabet Inc. Class A.",
        "z.B. Dr. Müller",
    ],
)
def test_a_period_inside_an_abbreviation_or_number_ends_no_sentence(text: str) -> None:
    assert split(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One ends. Two begins.", ["One ends.", "Two begins."]),
        ("He lived in the U.S. The war ended.", ["He lived in the U.S.", "The war ended."]),
        ("The answer is no. Then he left.", ["The answer is no.", "Then he left."]),
        ('He said "Shutdown!" Then he left.', ['He said "Shutdown!"', "Then he left."]),
        ("Known since 1900.[12] Later proven.", ["Known since 1900.[12]", "Later proven."]),
        ("Really?! Yes… And so on.", ["Really?!", "Yes…", "And so on."]),
        ("東京は首都です。人口は多い。", ["東京は首都です。", "人口は多い。"]),
        ("यह एक वाक्य है। यह दूसरा है।", ["यह एक वाक्य है।", "यह दूसरा है।"]),
        ("Τι είναι αυτό; Ένα βιβλίο.", ["Τι είναι αυτό;", "Ένα βιβλίο."]),
        ("Το σπίτι; το μεγάλο.", ["Το σπίτι; το μεγάλο."]),
        ("Սա գիրք է։ Այո։", ["Սա գիրք է։", "Այո։"]),
        ("នេះគឺជាសៀវភៅ។ តើវាជាអ្វី។", ["នេះគឺជាសៀវភៅ។", "តើវាជាអ្វី។"]),
        ("ဒါကစာအုပ်ပါ။ ဘာလဲ။", ["ဒါကစာအုပ်ပါ။", "ဘာလဲ။"]),
        ("ምንድን ነው፧ ብዕር።", ["ምንድን ነው፧", "ብዕር።"]),
        ("หอ" * 60 + " " + "คน" * 60, ["หอ" * 60, "คน" * 60]),
        ("ประโยคแรก ประโยคที่สอง", ["ประโยคแรก ประโยคที่สอง"]),
        ("Она в г. Москве. В 1990 г. Она вышла.", ["Она в г. Москве.", "В 1990 г.", "Она вышла."]),
        ("Das ist z. B. gut. Am 3. Mai kam er.", ["Das ist z. B. gut.", "Am 3. Mai kam er."]),
        ("هل هذا سؤال؟ نعم۔", ["هل هذا سؤال؟", "نعم۔"]),
    ],
)
def test_terminators_of_all_scripts_end_sentences(text: str, expected: list[str]) -> None:
    assert split(text) == expected


def test_a_wrapped_line_continues_its_sentence() -> None:
    wrapped = (
        "The quick brown fox jumps over the lazy dog and then\nit climbs, as it has done before, the high fence near\n"
        "Westminster, where the others are waiting."
    )
    assert split(wrapped) == [wrapped]


def test_table_rows_list_items_and_titles_are_sentences_of_their_own() -> None:
    text = "Net sales\n\niPhone 40,665 million\nMac 7,382\n\n- one. Two\n- three\n\n1. First do this.\n2. Then that."
    assert split(text) == [
        "Net sales",
        "iPhone 40,665 million",
        "Mac 7,382",
        "- one.",
        "Two",
        "- three",
        "1. First do this.",
        "2. Then that.",
    ]


def test_text_without_boundaries_is_cut_at_the_maximum_length() -> None:
    assert all(len(piece) <= MAX_LENGTH for piece in split("word " * 1000 + "x" * 2000))


def test_blank_text_has_no_sentences() -> None:
    assert sentences(" \n\t\n ") == []


@given(st.lists(PIECES | st.text(max_size=8)).map("".join))
@example("a.\x1c\u2028b. ")
def test_offsets_are_exact_and_only_whitespace_is_skipped(text: str) -> None:
    end = 0
    for sentence in sentences(text):
        assert text[sentence.start : sentence.end] == sentence.text == sentence.text.strip() != ""
        assert text[end : sentence.start].strip() == ""
        end = sentence.end
    assert text[end:].strip() == ""


@pytest.mark.parametrize("piece", [".", "?", "e.g. ", "i. ", ".)", " ", "(a", "\n"])
def test_the_time_grows_linearly_with_the_text(piece: str) -> None:
    texts = [f"a\n{piece * (size // len(piece))}x\n" for size in (5_000, 40_000)]
    small, large = (cpu_seconds(sentences, text) for text in texts)
    assert large < 8 * 3 * small + 0.1


LOG = [
    "2027-03-01T09:14:02Z INFO order 88211 charged, the customer was told by mail and by telephone",
    "2027-03-01T09:14:05Z ERROR order 88213 not charged. The card of the customer was declined by the bank",
    "2027-03-01T09:14:07Z INFO order 88214 charged, the customer was told by mail and by telephone",
]
LINES = [f"[09:{n:02}] {'worker' * 3} number {n} has written all of its files. Nothing is left to do" for n in range(4)]
COMMAS = [f"70{n},Customer {n},Lund,a lamp with a long name. Used,22,{n}.00,open,2024-01-0{n}" for n in range(1, 5)]
OBJECTS = [
    f'{{"sensor": "S-{n}", "note": "It hangs high. Take a ladder with you, please", "room": {n}}},' for n in range(4)
]
FIGURES = [
    "Total comprehensive income and other adjustments of the year $ 16,639 $ 22,088 $ 69,622",
    "Change in fair value of marketable debt securities, net (3,150) 217 (9,959)",
    "Adjustment for net (gains)/losses realized and included in net income 95 — 140",
]
ROWS = ["Article | Shelf with a long name | Price", "AB-1 | Near St. Paul's. The left one, below it | 2.50", " | | 3"]


@pytest.mark.parametrize("lines", [LOG, LINES, COMMAS, OBJECTS, FIGURES, [row.strip() for row in ROWS]])
def test_each_record_is_a_sentence_of_its_own_whatever_it_holds(lines: list[str]) -> None:
    assert split("\n".join(lines)) == lines


def test_what_follows_a_record_without_being_one_is_split_as_text() -> None:
    trace = ["Traceback (most recent call last):", '  File "pay.py", line 3, in charge']
    assert split("\n".join([*LOG, *trace])) == [*LOG, *map(str.strip, trace)]


def test_lines_of_prose_are_no_records() -> None:
    prose = "In 1999 the company had 12 branches, of which three were\nsold in 2003, and the others were closed by\nit."
    assert split(prose) == [prose]


def test_a_row_that_is_too_long_is_cut_between_cells() -> None:
    cells = [f"{'word ' * 45}{n}" for n in range(4)]
    assert split(" | ".join(cells)) == [f"{cells[0]} | {cells[1]} |", f"{cells[2]} | {cells[3]}"]
