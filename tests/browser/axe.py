"""axe-core's rules for accessible pages, asked of a page as it stands, in light and in dark."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE = Axe()
COLOURS_ALONE = {"runOnly": ["color-contrast"]}  # nothing else differs from scheme to scheme


def complaints(page: Page) -> list[str]:
    """What axe finds, one line for each place: the rule, the element, and what is wrong with it."""
    found: list[str] = []
    for scheme, options in (("light", None), ("dark", COLOURS_ALONE)):
        # Without motion: a colour that is read in the middle of its transition is nobody's.
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for broken in AXE.run(page, options=options).response["violations"]:
            found += [
                f"{scheme} {broken['id']}: {node['html'][:200]}: {node['failureSummary']}" for node in broken["nodes"]
            ]
    page.emulate_media(color_scheme="light")
    return found
