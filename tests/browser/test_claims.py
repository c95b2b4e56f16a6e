"""Sentences that the sources do not support are underlined, and a marker opens what its source says to its sentence."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import NARROW, PHONE
from tests.browser.documents import provide_documents
from tests.browser.files import text
from tests.browser.scripted_answer import Json, answer, answering, claim, source
from tests.browser.test_chat import answered, ask
from tests.browser.test_reach import FITS

OPENED = "The Svindersund bridge was opened in 1946."
LENGTH = "It is 420 metres long."
FERRY = "The ferry Vega crossed the Svindersund twelve times a day."
LEGEND = "Underlined sentences are not supported by the sources."
SPOKEN = "(not supported by the sources)"
MIXED = """\
# The bridge 🌉

The Svindersund bridge was opened in **1946** [1]. It was *painted `red[1]` by* three giants. It is 420 m long [1].

1. 1946 was the year of its opening [1].
2. 17 giants **built** it.

| Fact | Value |
|---|---|
| Length | 420 metres [1] |
| Height | 91 metres |

- Wohin führt die Brücke?
- A [ferry](https://example.org/vega "The ferry Vega") crossed before [2]. It was red.

```python
first = items[1]  # It was red.
```
"""
UNSUPPORTED = ["It was *painted `red[1]` by* three giants.", "17 giants **built** it.", "| Height | 91 metres |"]
CONTRAST = """(selector) => {
    const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const luminance = (colour) => {
        context.fillStyle = colour;
        context.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((value) => value / 255)
            .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    };
    const line = luminance(getComputedStyle(document.querySelector(selector)).textDecorationColor);
    const ground = luminance(getComputedStyle(document.body).backgroundColor);
    return Math.max(line, ground) / Math.min(line, ground);
}"""


@pytest.fixture
def page(open_page: Callable[..., Page], layer2: str) -> Page:
    """Layer 2's page with two documents."""
    provide(layer2)
    return open_page(layer2)


@pytest.fixture
def mixed(layer2: str) -> Json:
    """An answer with supported sentences, unsupported ones, and one in another language."""
    return mixed_answer(layer2)


def provide(url: str) -> None:
    provide_documents(url, text("bridge.txt", f"🌉 {OPENED} {LENGTH}\n"), text("ferry.txt", f"{FERRY}\n"))


def mixed_answer(url: str) -> Json:
    opened, length = source(url, 1, "bridge.txt", OPENED), source(url, 1, "bridge.txt", LENGTH)
    ferry = source(url, 2, "ferry.txt", FERRY)
    last = claim(MIXED, "It was red.")
    claims = [
        claim(MIXED, "The Svindersund bridge was opened in **1946** [1].", opened),
        claim(MIXED, UNSUPPORTED[0]),
        claim(MIXED, "It is 420 m long [1].", length),
        claim(MIXED, "1946 was the year of its opening [1].", opened),
        claim(MIXED, UNSUPPORTED[1]),
        claim(MIXED, "| Length | 420 metres [1] |", length),
        claim(MIXED, UNSUPPORTED[2]),
        claim(MIXED, "Wohin führt die Brücke?", support="unknown"),
        claim(MIXED, 'A [ferry](https://example.org/vega "The ferry Vega") crossed before [2].', ferry),
        last,
    ]
    return answer(MIXED, claims=claims, sources=[opened, ferry])


def show(page: Page, done: Json) -> Locator:
    """Ask a question with that answer."""
    with answering(page, done):
        ask(page, "What about the bridge?")
        answered(page)
    return page.get_by_role("article").last


def underlined(answered: Locator) -> list[str]:
    """The underlined texts, without what only screen readers read."""
    return answered.locator(".unsupported").evaluate_all(
        "(all) => all.map((one) => [...one.childNodes].filter(({ data }) => data).map(({ data }) => data).join(''))"
    )


def test_unsupported_sentences_are_underlined_wherever_they_stand(page: Page, mixed: Json) -> None:
    shown = show(page, mixed)
    assert "|".join(underlined(shown)) == (
        "It was |painted | by| three giants.|17 giants |built| it.|Height|91 metres|It was red."
    )
    assert shown.locator("pre .unsupported, code .unsupported").count() == 0
    expect(shown.locator("code").first).to_have_text("red[1]")
    expect(shown.locator("pre code")).to_have_text("first = items[1]  # It was red.")


def test_a_legend_says_what_the_line_means_and_a_screen_reader_reads_it(page: Page, mixed: Json) -> None:
    shown = show(page, mixed)
    expect(shown.get_by_text(LEGEND)).to_be_visible()
    assert shown.get_by_text(SPOKEN).count() == 4
    expect(shown.locator("p").first).to_contain_text(f"three giants. {SPOKEN} It is 420 m long")
    page.reload()
    expect(page.get_by_text(LEGEND)).to_be_visible()
    assert len(underlined(page.get_by_role("article").last)) == 10


def test_a_marker_opens_what_its_source_says_to_its_sentence(page: Page, mixed: Json) -> None:
    cites = show(page, mixed).locator(".cite")
    expect(cites).to_have_text(["1", "1", "1", "1", "2"])
    for cite, quote in zip(cites.all(), [OPENED, LENGTH, OPENED, LENGTH, FERRY], strict=True):
        cite.click()
        expect(page.locator("mark")).to_have_text(quote)
        expect(page.get_by_role("dialog")).to_contain_text("word for word")


@pytest.mark.parametrize(
    ("response", "quotes"),
    [
        ("It opened in 1946. [1] It is long. [1]", [OPENED, LENGTH]),
        ("[1] It opened in 1946. [1] It is long.", [OPENED, LENGTH]),
        ("- [1] It opened in 1946.\n- [1] It is long.", [OPENED, LENGTH]),
        ("It opened in 1946.[1]\r\n\r\nIt is long.[1]", [OPENED, LENGTH]),
    ],
)
def test_a_marker_before_or_behind_its_sentence(page: Page, layer2: str, response: str, quotes: list[str]) -> None:
    opened, length = source(layer2, 1, "bridge.txt", OPENED), source(layer2, 1, "bridge.txt", LENGTH)
    claims = [claim(response, "It opened in 1946.", opened), claim(response, "It is long.", length)]
    cites = show(page, answer(response, claims=claims, sources=[opened], grounded=True)).locator(".cite")
    for cite, quote in zip(cites.all(), quotes, strict=True):
        cite.click()
        expect(page.locator("mark")).to_have_text(quote)
    expect(page.get_by_text(LEGEND)).to_have_count(0)


def test_of_a_repeated_sentence_the_unsupported_one_is_underlined(page: Page, layer2: str) -> None:
    response = "# It is long.\n\n𝔎𝔬𝔪𝔢𝔱: It is long. It is very long.\n\nIt is long. [1]"
    claims = [claim(response, "𝔎𝔬𝔪𝔢𝔱: It is long."), claim(response, "It is very long.", support="unknown")]
    shown = show(page, answer(response, claims=claims, sources=[source(layer2, 1, "bridge.txt", LENGTH)]))
    assert underlined(shown) == ["𝔎𝔬𝔪𝔢𝔱: It is long."]


def test_claims_that_cannot_be_found_change_nothing(page: Page) -> None:
    response = "One sentence. `code`"
    nowhere = {"support": "unsupported", "sources": [], "evidence": []}
    claims = [{"start": start, "end": start + 9} | nowhere for start in (14, 20, 900)]
    shown = show(page, answer(response, claims=claims))
    expect(shown.locator(".body")).to_have_text("One sentence. code")
    assert underlined(shown) == []
    expect(page.get_by_text(LEGEND)).to_have_count(0)


def test_an_answer_whose_sources_support_it_needs_no_words(page: Page, layer2: str) -> None:
    opened = source(layer2, 1, "bridge.txt", OPENED)
    claims = [claim(f"{OPENED} [1]", OPENED, opened)]
    shown = show(page, answer(f"{OPENED} [1]", claims=claims, sources=[opened], grounded=True))
    expect(shown.locator(".hint, .legend")).to_have_count(0)


def test_sentences_that_cannot_be_compared_are_not_called_uncited(page: Page, mixed: Json) -> None:
    expect(show(page, mixed).locator(".hint")).to_have_count(0)
    shown = show(page, answer("Bonjour.", claims=[claim("Bonjour.", "Bonjour.", support="unknown")]))
    expect(shown.locator(".hint")).to_have_text("This answer cites no document. Check it before you rely on it.")


def test_a_model_that_found_nothing_leads_to_advice(page: Page) -> None:
    said = "The documents do not say."
    shown = show(page, answer(said, refusal="model_found_nothing", claims=[claim(said, said, support="unknown")]))
    expect(shown.locator(".hint")).to_contain_text("The model found no answer in the documents. Try other words")
    expect(shown.get_by_role("button", name="Add documents")).to_be_visible()
    expect(shown.get_by_role("button", name="Answer without documents")).to_be_visible()


def test_the_line_and_the_words_can_be_seen(page: Page, mixed: Json) -> None:
    show(page, mixed)
    assert violations(page) == []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert page.evaluate(CONTRAST, ".unsupported") >= 3, scheme
    style = page.locator(".unsupported").first.evaluate("(one) => getComputedStyle(one).textDecorationStyle")
    assert style == "dotted"


@pytest.mark.parametrize("size", [PHONE, NARROW])
def test_on_a_narrow_screen(open_page: Callable[..., Page], layer2: str, size: tuple[int, int]) -> None:
    provide(layer2)
    page = open_page(layer2, size)
    shown = show(page, mixed_answer(layer2))
    assert page.evaluate(FITS)
    box = page.locator("#scroll")
    assert box.evaluate("(box) => box.scrollWidth <= box.clientWidth")
    shown.locator(".cite").first.click()
    expect(page.locator("mark")).to_be_in_viewport()
