"""docs/benchmarks.md: each command writes its own section, between two marks, and keeps the rest."""

from pathlib import Path

from mystack.project import ROOT, Refusal

PAGE = ROOT / "docs" / "benchmarks.md"


def write_section(name: str, text: str, page: Path = PAGE) -> None:
    """Replace the section; does nothing if the page does not exist. Refuses a page without the section's marks."""
    if not page.exists():
        return
    begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise Refusal(f"{page} has no section {name}: add the lines `{begin.strip()}` and `{end}` where it belongs")
    page.write_text(f"{before}{begin}\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
