"""CSV, TSV and JSON: records are rows of tables, with the header that names their columns."""

import json

import pytest

from api.adapters.parsing.formats import parse_document
from api.services.parsing.errors import DocumentBomb, UnreadableDocument
from api.services.parsing.parser import CSV, JSON, JSON_LINES, TSV, ParsedDocument, ParseLimits


def parsed(source: str | bytes, filename: str) -> ParsedDocument:
    data = source.encode() if isinstance(source, str) else source
    return parse_document(data, filename, ParseLimits())


def rows(document: ParsedDocument) -> list[list[str]]:
    """The rows of the document's tables, by their spans."""
    return [[document.text[start:end] for start, end in table.rows] for table in document.tables]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_csv_is_a_table_whatever_its_delimiter(delimiter: str) -> None:
    lines = (("id", "city", "amount"), ("1", "Ås", "5.00"), ("2", "Bergen", "7.50"))
    document = parsed("\r\n".join(delimiter.join(line) for line in lines), "a.csv")
    assert document.content_type == CSV
    assert document.text == "id | city | amount\n1 | Ås | 5.00\n2 | Bergen | 7.50"
    assert rows(document) == [document.text.split("\n")]
    assert document.tables[0].headers == 1


@pytest.mark.parametrize(
    ("source", "text", "headers"),
    [
        ('name,motto\nA,"one, two"\nB,"say ""hi"""\n', 'name | motto\nA | one, two\nB | say "hi"', 1),
        ('name,address\nA,"Street 1\nOslo"\n', "name | address\nA | Street 1 Oslo", 1),
        ("name,a,b\nX,,3\nY,2,\n", "name | a | b\nX |  | 3\nY | 2 |", 1),
        ("1,Lund,5.00\n2,Turku,7.50\n", "1 | Lund | 5.00\n2 | Turku | 7.50", 0),
        ("region,2022,2023\nNorth,5,6\n", "region | 2022 | 2023\nNorth | 5 | 6", 1),
        ("value,value\n1,2\n3,4\n", "value | value\n1 | 2\n3 | 4", 1),
        ("sep=;\na;b\n1;2\n", "a | b\n1 | 2", 1),
        ("name,size,,\nA,1,,\nB,2,,\n", "name | size\nA | 1\nB | 2", 1),
        ("a;b\n1,5;2,5\n3,5;4,5\n", "a | b\n1,5 | 2,5\n3,5 | 4,5", 1),
        ("Industry\nSales\nHealth care\n", "Industry\nSales\nHealth care", 1),
        ("name,sign\nor,a | b\n", "name | sign\nor | a|b", 1),
        ("name,sign\nor,|\nand,x ||\n", "name | sign\nor | ¦\nand | x ||", 1),
    ],
)
def test_cells_and_headers_are_kept(source: str, text: str, headers: int) -> None:
    document = parsed(source, "a.csv")
    assert (document.text, document.tables[0].headers) == (text, headers)


def test_a_title_above_a_table_is_a_paragraph() -> None:
    document = parsed("Deliveries in May,,\n,,\nid,city,amount\n1,Lund,5\n", "a.csv")
    assert document.text == "Deliveries in May\n\nid | city | amount\n1 | Lund | 5"
    assert rows(document) == [["id | city | amount", "1 | Lund | 5"]]


def test_tables_below_an_empty_line_have_titles_and_headers_of_their_own() -> None:
    document = parsed("Sales\nmonth,value\nMay,5\n\nCosts\nmonth,value\nMay,2\n,\nTotal,7\n", "a.csv")
    assert rows(document) == [["month | value", "May | 5"], ["month | value", "May | 2", "Total | 7"]]
    assert document.text.split("\n\n")[2] == "Costs"
    assert [table.headers for table in document.tables] == [1, 1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_csv_of_any_encoding_is_read(encoding: str) -> None:
    assert parsed("Name;Größe\nMüller;5\n".encode(encoding), "a.csv").text == "Name | Größe\nMüller | 5"


def test_tabs_separate_the_cells_of_a_tsv() -> None:
    document = parsed("name\tprice\nA, small\t1,50\n", "a.tsv")
    assert (document.content_type, document.text) == (TSV, "name | price\nA, small | 1,50")


def test_a_quotation_mark_that_is_not_closed_is_reported_with_its_line() -> None:
    with pytest.raises(UnreadableDocument, match=r"(?i)line .* quotation mark"):
        parsed('a,b\n1,"2\n' + "3,4\n" * 50_000, "a.csv")


def test_objects_of_the_same_kind_are_a_table() -> None:
    source = '[{"id": "S-1", "limit": 5.00, "at": {"room": "B0"}}, {"id": "S-2", "at": {"room": "B1"}, "on": true}]'
    document = parsed(source, "a.json")
    assert document.content_type == JSON
    assert document.text == "id | limit | at.room | on\nS-1 | 5.00 | B0 |\nS-2 |  | B1 | true"
    assert document.tables[0].headers == 1


def test_a_list_of_objects_inside_an_object_has_its_name_as_heading() -> None:
    source = {
        "site": "Oslo",
        "open": {"from": "9:00", "to": "17:00"},
        "rooms": [{"no": 1, "m2": 20}, {"no": 2, "m2": 9}],
    }
    document = parsed(json.dumps(source), "a.json")
    assert document.text == "site: Oslo\n\nopen.from: 9:00; open.to: 17:00\n\nrooms\n\nno | m2\n1 | 20\n2 | 9"
    assert [document.text[h.start : h.end] for h in document.headings] == ["rooms"]


def test_objects_by_their_keys_are_a_table_with_the_keys() -> None:
    document = parsed('{"S-1": {"room": "B0", "max": 5}, "S-2": {"room": "B1", "max": 7}}', "a.json")
    assert document.text == "key | room | max\nS-1 | B0 | 5\nS-2 | B1 | 7"


def test_lists_of_the_same_length_are_rows() -> None:
    document = parsed('[["id", "city"], [1, "Lund"], [2, "Turku"]]', "a.json")
    assert (document.text, document.tables[0].headers) == ("id | city\n1 | Lund\n2 | Turku", 1)


def test_different_objects_are_written_one_by_one() -> None:
    document = parsed('[{"a": 1}, {"b": 2, "c": [1, 2]}, {"d": "x"}]', "a.json")
    assert document.text == "a: 1\n\nb: 2; c: 1, 2\n\nd: x"
    assert document.tables == ()


@pytest.mark.parametrize("filename", ["a.jsonl", "a.ndjson", "a.json", "a"])
def test_json_lines_are_a_table(filename: str) -> None:
    document = parsed('{"id": 1, "city": "Lund"}\n\n{"id": 2, "city": "Turku"}\n', filename)
    assert (document.content_type, document.text) == (JSON_LINES, "id | city\n1 | Lund\n2 | Turku")


def test_numbers_are_quoted_as_they_are_written() -> None:
    long = "1234567890123456789012345678901234567890"
    assert parsed(f'{{"a": 1.10, "b": 1e5, "c": {long}}}', "a.json").text == f"a: 1.10; b: 1e5; c: {long}"


@pytest.mark.parametrize(
    ("source", "filename", "place"),
    [
        ('{"a": 1,\n "b": }', "a.json", "line 2, column 7"),
        ('{"a": 1}\n{"a": 2', "a.jsonl", "line 2"),
        ('[{"a": 1}, {"a"', "a.json", "line 1"),
        ("Some words.", "a.json", "line 1"),
    ],
)
def test_wrong_json_is_reported_with_its_place(source: str, filename: str, place: str) -> None:
    with pytest.raises(UnreadableDocument, match=place):
        parsed(source, filename)


def test_json_without_values_is_reported_as_such() -> None:
    with pytest.raises(UnreadableDocument, match="no values"):
        parsed("[{}, []]", "a.json")


@pytest.mark.parametrize("source", ["[" * 100_000, '{"a":' * 50_000, "[" * 900 + "]" * 900])
def test_deep_json_is_refused(source: str) -> None:
    with pytest.raises((DocumentBomb, UnreadableDocument)):
        parsed(source, "a.json")
