"""Quoted rows of tables on the page: as tables below their header, in the answer and in the list of its sources."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import NARROW
from tests.browser.documents import provide_documents
from tests.browser.files import Payload, text
from tests.browser.scripted_answer import answer, answering, source
from tests.browser.test_chat import answered, ask
from tests.browser.test_reach import FITS

FERRIES = ["Port,Ferries a day,Remarks", *(f"Harbour {n},{n}," for n in range(1, 40)), "Lindholm,7,<b>in summer</b>"]
PRICES = f"""<!doctype html><title>Prices</title><h1>Prices</h1><p>Prices from May 2027, in euros:</p><table>
<tr><th>Ticket<th>Adults<th>Children</tr>{"".join(f"<tr><td>Zone {n}<td>{n}.50<td>{n}.20</tr>" for n in range(1, 30))}
<tr><td>Cabin of the night ferry<td>84.00<td>42.00</tr></table>"""
LINES = "(cell) => { const range = new Range(); range.selectNodeContents(cell); return range.getClientRects().length; }"
HOW_MANY = "How many ferries a day does Lindholm have?"


def ferries() -> Payload:
    return text("ferries.csv", "\n".join(FERRIES))


@pytest.fixture
def page(open_page: Callable[..., Page], layer2: str) -> Page:
    """Layer 2's page with two tables."""
    provide_documents(layer2, ferries(), text("prices.html", PRICES))
    return open_page(layer2)


def test_a_quoted_row_is_shown_below_the_header_of_its_table(page: Page) -> None:
    ask(page, HOW_MANY)
    answered(page)
    answer = page.get_by_role("article").last
    table = answer.get_by_role("table").first
    expect(table.get_by_role("columnheader")).to_have_text(["Port", "Ferries a day", "Remarks"])
    expect(table.get_by_role("row").last.get_by_role("cell")).to_have_text(["Lindholm", "7", "<b>in summer</b>", "1"])
    expect(answer).not_to_contain_text(" | ")
    assert violations(page) == []


def test_the_caption_stands_above_the_table(page: Page) -> None:
    ask(page, "What does the cabin of the night ferry cost for children?")
    answered(page)
    table = page.get_by_role("article").last.get_by_role("table").first
    expect(table.locator("caption")).to_have_text("Prices from May 2027, in euros:")
    expect(table.get_by_role("row").nth(1)).to_contain_text("42.00")


def test_the_list_of_sources_names_the_columns(page: Page) -> None:
    ask(page, HOW_MANY)
    answered(page)
    sources = page.get_by_role("list", name="Sources").get_by_role("listitem")
    expect(sources.first).to_contain_text("Port: Lindholm · Ferries a day: 7 · Remarks: <b>in summer</b>")
    expect(sources.nth(1)).to_contain_text("Port · Ferries a day · Remarks")


def test_the_marker_of_a_row_opens_its_table_with_the_row_marked(page: Page) -> None:
    ask(page, HOW_MANY)
    answered(page)
    page.get_by_role("article").last.get_by_role("button", name="Source 1: ferries.csv", exact=True).first.click()
    view = page.get_by_role("dialog", name="ferries.csv")
    expect(view.locator("mark")).to_have_text(["Lindholm", "7", "<b>in summer</b>"])
    expect(view).to_contain_text("The quote matches the document word for word.")


def test_after_a_reload_the_row_is_still_in_its_table(page: Page) -> None:
    ask(page, HOW_MANY)
    answered(page)
    page.reload()
    expect(page.get_by_role("article").last.get_by_role("columnheader").first).to_have_text("Port")


def test_words_stay_whole_on_the_narrowest_screen(open_page: Callable[..., Page], layer2: str) -> None:
    provide_documents(layer2, ferries())
    narrow = open_page(layer2, NARROW)
    ask(narrow, HOW_MANY)
    answered(narrow)
    cell = narrow.get_by_role("article").last.get_by_role("cell", name="Lindholm")
    assert cell.evaluate(LINES) == 1
    assert narrow.evaluate(FITS)
    assert violations(narrow) == []


@pytest.mark.parametrize(
    ("quoted", "shown", "rows"),
    [
        ("The ferries:\nVega | 7\nLyra | 9", "The ferries:", ["Ship Harbour", "Vega 7", "Lyra 9 1"]),
        ("Vega | 7\nLyra | 9\nBoth are white.", "Both are white.", ["Ship Harbour", "Vega 7", "Lyra 9"]),
    ],
)
def test_lines_beside_the_rows_of_a_quote_stay_lines(
    page: Page, layer2: str, quoted: str, shown: str, rows: list[str]
) -> None:
    provide_documents(layer2, text("fleet.txt", f"{quoted}\n"))
    fleet = source(layer2, 1, "fleet.txt", quoted, "Ship | Harbour")
    with answering(page, answer(f"“{quoted}” [1]", sources=[fleet])):
        ask(page, HOW_MANY)
        answered(page)
    last = page.get_by_role("article").last
    expect(last.locator(".body")).to_contain_text(shown)
    expect(last.get_by_role("table")).not_to_contain_text(shown)
    assert [" ".join(row.inner_text().split()) for row in last.get_by_role("row").all()][: len(rows)] == rows
    expect(last).not_to_contain_text(" | ")


def test_rows_that_the_source_does_not_have_stay_as_the_model_wrote_them(page: Page, layer2: str) -> None:
    invented = "Lindholm | 9 | all year"
    real = source(layer2, 1, "ferries.csv", "Lindholm | 7 | <b>in summer</b>", "Port | Ferries a day | Remarks")
    with answering(page, answer(f"“{invented}” [1]", sources=[real])):
        ask(page, HOW_MANY)
        answered(page)
    last = page.get_by_role("article").last
    expect(last).to_contain_text(invented)
    expect(last.get_by_role("table")).to_have_count(0)
