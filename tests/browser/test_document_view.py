"""A document on the page: its headings and tables, what was left out of it, and reading it again."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import psycopg
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import NARROW, running
from tests.browser.documents import document, empty, provide_documents
from tests.browser.files import Payload, text
from tests.browser.test_reach import FITS

ROWS = [
    "Port | Ferries a day | Remarks",
    *(f"Harbour {n} | {n} | " for n in range(1, 90)),
    "Lindholm | 7 | in summer 😀",
]
ROWS.insert(5, "Ferries to other ports on request")
TIMETABLE = "\n\n".join(["Timetable 😀", "All ferries are white.", "Departures", "\n".join(ROWS), "After the table."])
WARNINGS = ["1 image on page 2 has no text.", "A chart was left out."]


NEWEST = 1_000
"""A version of the parser that is older than none."""


@dataclass(frozen=True)
class Running:
    """A layer, and its database."""

    url: str
    database: str

    def execute(self, statement: str, *values: Any) -> None:
        with psycopg.connect(self.database) as connection:
            connection.execute(statement.encode(), values)


def layer(number: int) -> Iterator[Running]:
    with running(number, LLM_PROVIDER="extractive") as server:
        yield Running(server.url, server.services.settings["DATABASE_URL"])


@pytest.fixture(scope="module")
def layer3() -> Iterator[Running]:
    yield from layer(3)


@pytest.fixture(scope="module")
def layer4() -> Iterator[Running]:
    yield from layer(4)


def timetable() -> Payload:
    return text("timetable.txt", TIMETABLE)


@pytest.fixture
def laid_out(layer3: Running) -> Running:
    """A document whose parser found two headings and a table, and left something out."""
    provide_documents(layer3.url, timetable())
    title, below, top = (TIMETABLE.index(word) for word in ("Timetable", "Departures", "Port |"))
    end = TIMETABLE.index("\n\nAfter")
    outline = {"headings": [[title, title + 11, 1], [below, below + 10, 3]], "tables": [[top, end, 1]]}
    layer3.execute("UPDATE texts SET outline = %s", json.dumps(outline))
    layer3.execute("UPDATE documents SET warnings = %s, parser = %s", WARNINGS, NEWEST)
    return layer3


def opened(page: Page, name: str = "timetable.txt") -> Locator:
    document(page, name).get_by_role("button").first.click()
    view = page.get_by_role("dialog", name=name)
    expect(view.get_by_role("heading", name="Extracted text")).to_be_visible()
    return view


def test_headings_and_tables_are_shown_as_such(open_page: Callable[..., Page], laid_out: Running) -> None:
    page = open_page(laid_out.url)
    view = opened(page)
    expect(view.get_by_role("heading", name="Timetable", level=4)).to_be_visible()
    expect(view.get_by_role("heading", name="Departures", level=5)).to_be_visible()
    table = view.get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(["Port", "Ferries a day", "Remarks"])
    expect(table.get_by_role("row").nth(3).get_by_role("cell")).to_have_text(["Harbour 3", "3", ""])
    expect(view).not_to_contain_text(" | ")
    expect(view).not_to_contain_text("After the table.")
    view.get_by_role("button", name="Show text after").click()
    expect(table.get_by_role("row")).to_have_count(92)
    expect(table.get_by_role("row").nth(5).get_by_role("cell")).to_have_attribute("colspan", "3")
    expect(table.get_by_role("row").last.get_by_role("cell")).to_have_text(["Lindholm", "7", "in summer 😀"])
    expect(view).to_contain_text("After the table.")
    assert violations(page) == []


def test_a_quote_far_down_a_table_is_marked_in_its_row_below_the_header(
    open_page: Callable[..., Page], laid_out: Running
) -> None:
    (stored,) = httpx2.get(f"{laid_out.url}/documents").json()["documents"]
    start = TIMETABLE.index("Harbour 80 |")
    end = start + len("Harbour 80 | 80")
    page = open_page(f"{laid_out.url}/#/documents/{stored['id']}?start={start}&end={end}")
    view = page.get_by_role("dialog", name="timetable.txt")
    expect(view.locator("mark")).to_have_text(["Harbour 80", "80"])
    expect(view.locator("mark").first).to_be_in_viewport()
    expect(view.get_by_role("columnheader")).to_have_text(["Port", "Ferries a day", "Remarks"])
    for row in view.get_by_role("row").all()[1:]:
        expect(row.get_by_role("cell")).to_have_count(3)
    assert violations(page) == []


def test_what_was_left_out_is_listed(open_page: Callable[..., Page], laid_out: Running) -> None:
    page = open_page(laid_out.url)
    expect(document(page, "timetable.txt")).to_contain_text("2 warnings")
    assert violations(page) == []
    view = opened(page)
    expect(view.get_by_role("heading", name="Left out or uncertain: 2 warnings")).to_be_visible()
    expect(view.locator(".left-out li")).to_have_text(WARNINGS)
    expect(view).not_to_contain_text("older version")
    assert violations(page) == []


def test_what_was_recognised_by_ocr_is_set_apart(open_page: Callable[..., Page], laid_out: Running) -> None:
    span = [TIMETABLE.index("All ferries"), TIMETABLE.index("Departures") + len("Departures")]
    laid_out.execute("UPDATE texts SET outline = outline || %s", json.dumps({"recognised": [span]}))
    page = open_page(laid_out.url)
    view = opened(page)
    apart = view.locator(".recognised")
    expect(apart).to_have_count(1)
    expect(apart).to_contain_text(
        "Recognised by OCR: letters and numbers may be wrong, so compare them with the original."
    )
    expect(apart).to_contain_text("All ferries are white.")
    expect(apart.get_by_role("heading")).to_have_text("Departures")
    expect(apart).not_to_contain_text("Timetable")
    expect(apart).not_to_contain_text("Harbour")
    assert violations(page) == []


@pytest.mark.parametrize("recognised", [True, False])
def test_text_that_was_recognised_by_ocr_says_so(
    open_page: Callable[..., Page], laid_out: Running, recognised: bool
) -> None:
    spans = [[0, 40]] if recognised else [[len(TIMETABLE) - 10, len(TIMETABLE)]]
    laid_out.execute("UPDATE texts SET outline = %s", json.dumps({"recognised": spans}))
    page = open_page(laid_out.url)
    view = opened(page)
    expect(view).to_contain_text("All ferries are white.")
    expect(view.get_by_text("Recognised by OCR: letters and numbers may be wrong")).to_have_count(int(recognised))
    assert violations(page) == []


def test_a_document_fits_on_the_narrowest_screen(open_page: Callable[..., Page], laid_out: Running) -> None:
    laid_out.execute("UPDATE documents SET parser = 1")
    page = open_page(laid_out.url, NARROW)
    page.get_by_role("button", name="Menu").click()
    view = opened(page)
    expect(view).to_contain_text("Read by an older version")
    assert page.evaluate(FITS)
    assert violations(page) == []


def test_an_older_reading_is_marked_and_replaced_by_the_same_file(
    open_page: Callable[..., Page], layer3: Running
) -> None:
    provide_documents(layer3.url, timetable())
    layer3.execute("UPDATE documents SET parser = 1")
    page = open_page(layer3.url)
    expect(document(page, "timetable.txt")).to_contain_text("older version")
    view = opened(page)
    with page.expect_file_chooser() as chooser:
        view.get_by_role("button", name="Choose the file again").click()
    chooser.value.set_files([timetable()])
    expect(document(page, "timetable.txt")).not_to_contain_text("older version")
    expect(document(page, "timetable.txt")).to_have_count(1)
    expect(opened(page)).not_to_contain_text("older version")


def test_a_layer_that_keeps_files_reads_it_again_by_itself(open_page: Callable[..., Page], layer4: Running) -> None:
    empty(layer4.url)
    provide_documents(layer4.url, timetable())
    layer4.execute("UPDATE documents SET parser = 1")
    page = open_page(layer4.url)
    opened(page).get_by_role("button", name="Read it again").click()
    expect(document(page, "timetable.txt")).not_to_contain_text("older version")
    layer4.execute("UPDATE documents SET parser = 1")
    layer4.execute("UPDATE files SET data = NULL")
    page.reload()
    with page.expect_file_chooser() as chooser:
        opened(page).get_by_role("button", name="Read it again").click()
    chooser.value.set_files([timetable()])
    expect(document(page, "timetable.txt")).not_to_contain_text("older version")
    expect(document(page, "timetable.txt")).to_have_count(1)
