"""Tables, lists below a title, and logs: a row, a line or a list is found, and quoted with what names it."""

import pytest

from tests.library import Reader

CITIES = ("Lund", "Vejle", "Turku", "Bergen", "Visby")
STATES = ("open", "shipped", "returned")
ORDERS = [(f"{52_000 + 7 * n}", CITIES[n % 5], f"{n % 23 + 1}", STATES[n % 3]) for n in range(120)]
COLUMNS = ("Order", "City", "Quantity", "Status")


def markdown(rows: list[tuple[str, ...]]) -> str:
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, "|---" * len(rows[0]) + "|", *body])


@pytest.fixture(scope="module")
def kept() -> dict[str, str]:
    """The id of the uploaded document, filled by the first test that needs it."""
    return {}


@pytest.fixture
async def orders(reader: Reader, kept: dict[str, str]) -> dict[str, list[str]]:
    """The field of a request that limits it to the table of orders."""
    if not kept:
        text = f"# Orders of the furniture shop\n\nOrders since March\n\n{markdown([COLUMNS, *ORDERS])}\n\nEnd of list."
        kept["id"] = (await reader.uploaded(text, "orders.md"))["id"]
    return {"document_ids": [kept["id"]]}


@pytest.mark.parametrize("column", [1, 2, 3])
@pytest.mark.parametrize("row", [0, 17, 61, 118])
async def test_the_column_of_a_key_is_found(
    reader: Reader, orders: dict[str, list[str]], row: int, column: int
) -> None:
    question = f"What is the {COLUMNS[column].lower()} of order {ORDERS[row][0]}?"
    (hit, *_) = await reader.hits(question, **orders)
    assert " | ".join(ORDERS[row]) in hit["text"].split("\n")


async def test_a_hit_says_what_stands_above_its_rows(reader: Reader, orders: dict[str, list[str]]) -> None:
    (hit, *_) = await reader.hits(f"status of order {ORDERS[61][0]}", **orders)
    assert hit["above"] == {
        "titles": "Orders of the furniture shop",
        "caption": "Orders since March",
        "header": " | ".join(COLUMNS),
    }
    assert " | ".join(COLUMNS) not in hit["text"]


@pytest.mark.parametrize("row", [0, 17, 118])
async def test_a_row_is_quoted_with_its_header(reader: Reader, orders: dict[str, list[str]], row: int) -> None:
    answer = await reader.post("/chat", message=f"What is the status of order {ORDERS[row][0]}?", **orders)
    quotes = [source["quote"] for source in answer["sources"]]
    assert (quotes[0], quotes[-1]) == (" | ".join(ORDERS[row]), " | ".join(COLUMNS))
    assert all([await reader.holds(source) for source in answer["sources"]])
    assert f"“{quotes[-1]}” [{len(quotes)}]" in answer["response"]
    assert {source["above"]["header"] for source in answer["sources"]} == {" | ".join(COLUMNS)}


async def test_of_the_rows_of_a_table_only_those_with_the_key_are_quoted(
    reader: Reader, orders: dict[str, list[str]]
) -> None:
    one = await reader.post("/chat", message=f"What is the status of order {ORDERS[61][0]}?", **orders)
    assert len(one["sources"]) == 2  # the row and its header
    several = await reader.post("/chat", message="Which orders are from Lund?", **orders)
    rows = [source["quote"] for source in several["sources"][:-1]]
    assert len(rows) > 1
    assert all("Lund" in row for row in rows)


async def test_the_source_of_a_header_lies_in_its_own_chunk(reader: Reader, orders: dict[str, list[str]]) -> None:
    answer = await reader.post("/chat", message=f"What is the status of order {ORDERS[118][0]}?", **orders)
    first, header = answer["sources"][0], answer["sources"][-1]
    hits = await reader.hits(f"status of order {ORDERS[0][0]}", **orders, top_k=10)
    (holder,) = [hit for hit in hits if hit["chunk_id"] == header["chunk_id"]]
    assert holder["start"] <= header["start"] < header["end"] <= holder["end"] < first["start"]


@pytest.mark.parametrize(
    "question", ["What orders are there?", "Order, city, quantity, status?", "Which orders since?"]
)
async def test_a_title_or_a_header_is_never_the_first_quote(
    reader: Reader, orders: dict[str, list[str]], question: str
) -> None:
    answer = await reader.post("/chat", message=question, **orders)
    assert all(
        source["quote"] not in (" | ".join(COLUMNS), "Orders of the furniture shop") for source in answer["sources"][:1]
    )


async def test_a_list_is_quoted_whole_if_its_title_answers(reader: Reader) -> None:
    text = "# Tent\n\n## What to pack for the tent\n\n- six pegs\n- a mallet\n- the flysheet\n\n## Price\n\n90 euros."
    only = {"document_ids": [(await reader.uploaded(text, "tent.md"))["id"]]}
    answer = await reader.post("/chat", message="What do I have to pack for the tent?", **only)
    assert answer["sources"][0]["quote"] == "- six pegs\n- a mallet\n- the flysheet"


async def test_a_line_of_a_log_is_quoted_alone_and_whole(reader: Reader) -> None:
    lines = [f"2027-04-0{n % 9 + 1}T08:{n:02}:07Z INFO pump-{n} runs at {40 + n} bar, valve open" for n in range(40)]
    lines[23] = "2027-04-06T08:23:07Z ERROR pump-23 stopped. The pressure sensor of the boiler room failed"
    only = {"document_ids": [(await reader.uploaded("\n".join(lines), "pumps.log"))["id"]]}
    answer = await reader.post("/chat", message="Which sensor failed when the pump stopped?", **only)
    assert answer["sources"][0]["quote"] == lines[23]
