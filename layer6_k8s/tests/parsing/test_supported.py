"""Every place that lists the formats lists all of them."""

import re
from pathlib import Path

from api.adapters.parsing.formats import PARSERS
from api.services.parsing.supported import FORMATS, IMAGE_SUFFIXES, SUFFIXES
from tests.parsing.test_detection import parsed_type

PANEL = Path(__file__).parents[2] / "api/web/documents/panel.js"
BY_NAME = {".csv", ".tsv", ".json", ".jsonl", ".xml", ".vtt", ".srt", ".eml", ".md", ".html", ".txt"}


def test_the_page_offers_all_formats() -> None:
    accepted = PANEL.read_text().partition("ACCEPTED =")[2].partition(";")[0]
    assert set(re.findall(r"\.\w+", accepted)) == SUFFIXES | IMAGE_SUFFIXES | {".log"}


def test_every_suffix_of_a_text_format_leads_to_a_reader_of_its_own() -> None:
    table = {suffix: parsed_type(b"<p>a, b</p>\n", f"a{suffix}") for suffix in BY_NAME}
    assert len(set(table.values())) == len(BY_NAME)


def test_there_is_a_suffix_for_every_reader() -> None:
    others = {".xlsm", ".ndjson", ".markdown", ".htm"}
    assert len(PARSERS) == len(SUFFIXES - others)


def test_the_sentence_names_every_format() -> None:
    named = {name.casefold() for name in re.split(r"[;,] | and ", FORMATS)}
    spelled = {".jsonl": "json lines", ".md": "markdown", ".txt": "plain text"}
    others = {".xlsm", ".ndjson", ".markdown", ".htm"}
    assert named == {spelled.get(suffix, suffix[1:]) for suffix in SUFFIXES - others}
