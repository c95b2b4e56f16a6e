"""Checks a page with axe-core's accessibility rules, in the light and the dark colour scheme."""

from typing import Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

RUN = "async (options) => (await axe.run(document, { resultTypes: ['violations'], ...options })).violations"
SCHEMES: tuple[tuple[Literal["light", "dark"], dict[str, list[str]]], ...] = (
    ("light", {}),
    ("dark", {"runOnly": ["color-contrast"]}),  # only the colours differ
)


def violations(page: Page) -> list[str]:
    """The violations that axe finds, one line per element: the rule, the element, and the reason."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = []
    for scheme, options in SCHEMES:
        # Without motion: axe would read colours in the middle of a transition.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for rule in page.evaluate(RUN, options):
            for node in rule["nodes"]:
                found.append(f"{scheme} {rule['id']}: {node['html'][:200]}: {node['failureSummary']}")
    page.emulate_media(color_scheme="light")
    return found
