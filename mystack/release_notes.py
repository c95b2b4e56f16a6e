"""The notes of a release, from CHANGELOG.md: `python -m mystack.release_notes v5.1.0`. Standard library only.

The section is `## [5.1.0] - 2026-12-01`. A release that has none is refused, so a tag cannot be published without
notes.
"""

import re
import sys

from mystack.project import ROOT, Refusal

VERSION = re.compile(r"v(\d+\.\d+\.\d+)")


def notes(tag: str, changelog: str) -> str:
    """The text below the heading of that version. Refuses another form of tag, and a version without a section."""
    match = VERSION.fullmatch(tag)
    if not match:
        raise Refusal(f"{tag} is not the tag of a release: those have the form v5.1.0")
    section = re.search(
        rf"^## \[{re.escape(match[1])}\][^\n]*\n(.*?)(?=^## \[|\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    if not section or not section[1].strip():
        raise Refusal(f"CHANGELOG.md has no section [{match[1]}]: move there what [Unreleased] lists")
    return re.sub(r"^<!-- .* -->\n", "", section[1], flags=re.MULTILINE).strip() + "\n"


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        sys.exit("mystack: name the tag of one release: make release-notes VERSION=v5.1.0")
    try:
        sys.stdout.write(notes(arguments[0], (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")))
    except Refusal as refusal:
        sys.exit(f"mystack: {refusal}")


if __name__ == "__main__":
    main(sys.argv[1:])
