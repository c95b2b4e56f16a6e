"""GET /documents/{id}/text says where headings and tables are."""

from tests.library import Reader

MARKDOWN = "# Harbour\n\nAll ferries.\n\n## Tides\n\nHigh at six."


async def test_headings_are_listed_by_their_level(reader: Reader) -> None:
    document = await reader.uploaded(MARKDOWN, "harbour.md")
    whole = await reader.get(f"/documents/{document['id']}/text")
    titles = [(whole["text"][part["start"] : part["end"]], part["level"]) for part in whole["headings"]]
    assert titles == [("Harbour", 1), ("Tides", 2)]
    part = await reader.get(f"/documents/{document['id']}/text", start=0, end=9)
    assert part["headings"] == whole["headings"][:1]
