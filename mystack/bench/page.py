"""docs/benchmarks.md: each command writes its own section, between two marks, and leaves the rest alone."""

from pathlib import Path

from mystack.project import ROOT, Refusal

PAGE = ROOT / "docs" / "benchmarks.md"


def write_section(name: str, text: str, page: Path = PAGE) -> None:
    """Replace the section; does nothing where there is no page. Refuses a page without its marks."""
    if not page.exists():
        return
    begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise Refusal(f"{page} has no section {name}: put the lines `{begin.strip()}` and `{end}` where it belongs")
    page.write_text(f"{before}{begin}\n{text.strip()}\n\n{end}{after}", encoding="utf-8")
