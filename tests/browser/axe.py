"""axe-core's rules for accessible pages, asked of a page as it stands, in light and in dark."""

from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RUN = "async (options) => (await axe.run(document, { resultTypes: ['violations'], ...options })).violations"
SCHEMES: tuple[tuple[Literal["light", "dark"], dict[str, list[str]]], ...] = (
    ("light", {}),
    ("dark", {"runOnly": ["color-contrast"]}),  # nothing else differs from scheme to scheme
)


def complaints(page: Page) -> list[str]:
    """What axe finds, one line for each place: the rule, the element, and what is wrong with it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = []
    for scheme, options in SCHEMES:
        # Without motion: a colour that is read in the middle of its transition is nobody's.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for rule in page.evaluate(RUN, options):
            found += [f"{scheme} {rule['id']}: {it['html'][:200]}: {it['failureSummary']}" for it in rule["nodes"]]
    page.emulate_media(color_scheme="light")
    return found
