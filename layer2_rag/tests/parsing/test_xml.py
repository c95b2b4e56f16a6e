"""XML: repeated elements are records, running text is paragraphs, entities are refused."""

import pytest

from api.adapters.parsing.formats import parse_document
from api.services.parsing.errors import DocumentBomb, UnreadableDocument
from api.services.parsing.parser import XML, ParsedDocument, ParseLimits


def parsed(source: str | bytes, filename: str = "a.xml") -> ParsedDocument:
    data = source.encode() if isinstance(source, str) else source
    return parse_document(data, filename, ParseLimits())


def blocks(document: ParsedDocument) -> list[str]:
    return [document.text[start:end] for start, end in document.blocks]


def test_each_repeated_element_is_a_block() -> None:
    document = parsed(
        "<?xml version='1.0'?><orders><order id='7'><status>open</status><to><city>Lund</city></to></order>"
        "<order id='8'><status>sent</status><note/></order></orders>"
    )
    assert document.content_type == XML
    assert blocks(document) == ["order: id: 7; status: open; to.city: Lund", "order: id: 8; status: sent"]


def test_a_group_of_records_has_its_name_as_heading() -> None:
    document = parsed(
        "<shop><name>Corner</name><books><book><t>A</t></book><book><t>B</t></book></books>"
        "<pens><pen><t>C</t></pen><pen><t>D</t></pen></pens></shop>"
    )
    assert blocks(document) == ["name: Corner", "books", "book: t: A", "book: t: B", "pens", "pen: t: C", "pen: t: D"]
    assert [document.text[h.start : h.end] for h in document.headings] == ["books", "pens"]


def test_a_record_with_a_list_inside_stays_whole() -> None:
    document = parsed(
        "<l><o><id>7</id><i><sku>a</sku><n>1</n></i><i><sku>b</sku><n>2</n></i></o><o><id>8</id></o></l>",
    )
    assert blocks(document)[0] == "o: id: 7; i.sku: a; i.n: 1; i.sku: b; i.n: 2"


def test_running_text_is_paragraphs_under_its_title() -> None:
    document = parsed(
        "<guide><title>Guide</title><section><title>Setup</title><para>Run <b>it</b> now.</para>"
        "<para>Wait.</para></section></guide>"
    )
    assert blocks(document) == ["Guide", "Setup", "Run it now.", "Wait."]
    assert [h.level for h in document.headings] == [1, 1]


def test_attributes_and_prefixes_are_read() -> None:
    document = parsed(
        '<r xmlns:d="urn:x"><d:s name="hello">Hello</d:s><d:s name="bye">Good <i>bye</i></d:s><u k="1"/><u k="2"/></r>'
    )
    assert blocks(document) == ["s: Hello; name: hello", "s: Good bye; name: bye", "u: k: 1", "u: k: 2"]


def test_html_in_a_feed_is_read_as_its_text() -> None:
    long = "We open at nine. " * 30
    item = "<item><title>{}</title><description><![CDATA[<p>{} <b>now</b></p>]]></description></item>"
    items = item.format("One", "Short") + item.format("Two", long)
    document = parsed(f"<rss><channel><title>News</title>{items}</channel></rss>")
    assert blocks(document) == ["News", "item: title: One; description: Short now", "Two", f"{long}now"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252", "shift_jis"])
def test_xml_of_any_encoding_is_read(encoding: str) -> None:
    word = "日本" if encoding == "shift_jis" else "Größe"
    source = f'<?xml version="1.0" encoding="{encoding}"?>\n<a><b>{word}</b></a>'
    assert parsed(source.encode(encoding)).text == f"b: {word}"


def test_entities_are_refused() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 10}">' for n in range(9))
    with pytest.raises(DocumentBomb, match="entities"):
        parsed(f"<?xml version='1.0'?><!DOCTYPE x [{laughs}]><x>&l8;</x>")
    with pytest.raises(DocumentBomb, match="entities"):
        parsed("<!DOCTYPE x [<!ENTITY f SYSTEM 'file:///etc/passwd'>]><x>&f;</x>")


def test_nothing_is_loaded_for_a_document_type() -> None:
    assert parsed("<!DOCTYPE x SYSTEM 'http://localhost/x.dtd'><x><a>1</a></x>").text == "a: 1"


def test_deep_xml_is_refused() -> None:
    with pytest.raises(DocumentBomb, match="nested too deeply"):
        parsed("<a>" * 100_000)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("<a>\n<b>1</c></a>", "mismatched tag in line 2"),
        ("<a><b>1</b>", "in line 1"),
        ("Some words.", "in line 1"),
        ("<a/>", "no text"),
    ],
)
def test_wrong_xml_is_reported_with_its_place(source: str, reason: str) -> None:
    with pytest.raises(UnreadableDocument, match=reason):
        parsed(source)
