"""How Markdown in an answer becomes elements of the page, and how long that takes."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.ollama import OllamaStub
from tests.browser.test_chat import GOOD_ANSWER, answered, ask

RENDERED = {
    "**bold** and *italic* and ~~gone~~": "<p><strong>bold</strong> and <em>italic</em> and <s>gone</s></p>",
    "__bold__ and _italic_, not snake_case_names": (
        "<p><strong>bold</strong> and <em>italic</em>, not snake_case_names</p>"
    ),
    "***both***": "<p><em><strong>both</strong></em></p>",
    "2 * 3 * 4 and a ** b": "<p>2 * 3 * 4 and a ** b</p>",
    "\\*kept\\* `a*b*c` ``x`y``": "<p>*kept* <code>a*b*c</code> <code>x`y</code></p>",
    "one\ntwo\n\nthree": "<p>one<br>two</p><p>three</p>",
    "one\r\ntwo\r\n\r\nthree": "<p>one<br>two</p><p>three</p>",
    "## Title ##": "<h4>Title</h4>",
    "Not a title\n---": "<p>Not a title</p><hr>",
    "- a\n- b\n  - c\n\n1. d\n2. e": "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><ol><li>d</li><li>e</li></ol>",
    "3. three\n4. four": '<ol start="3"><li>three</li><li>four</li></ol>',
    "1. a\n\n   more\n\n2. b": "<ol><li>a<p>more</p></li><li>b</li></ol>",
    "> quoted\n> text": "<blockquote><p>quoted<br>text</p></blockquote>",
    "> - a\n>   > b": "<blockquote><ul><li>a<blockquote><p>b</p></blockquote></li></ul></blockquote>",
    "---": "<hr>",
    "```py\nx < 1\n```": '<pre tabindex="0" data-language="py"><code>x &lt; 1</code></pre>',
    "```\nnever closed": '<pre tabindex="0"><code>never closed</code></pre>',
    "> ```py\n> x = 1\n>\n> y = 2\n> ```\n> after": (
        '<blockquote><pre tabindex="0" data-language="py"><code>x = 1\n\ny = 2</code></pre><p>after</p></blockquote>'
    ),
    "- a\n\n  ```\n  x\n    y\n  ```\n- b": (
        '<ul><li>a<pre tabindex="0"><code>x\n  y</code></pre></li><li>b</li></ul>'
    ),
    "```\n```x\ny\n```": '<pre tabindex="0"><code>```x\ny</code></pre>',
    "> a\nb\n> c": "<blockquote><p>a<br>b<br>c</p></blockquote>",
    "- a\n  > ```\n  > x\n  > ```": (
        '<ul><li>a<blockquote><pre tabindex="0"><code>x</code></pre></blockquote></li></ul>'
    ),
    "    indented": "<p>indented</p>",
    "a | b\n-|-\n1 | 2": (
        '<div class="table" tabindex="0"><table><thead><tr><th>a</th><th>b</th></tr></thead>'
        "<tbody><tr><td>1</td><td>2</td></tr></tbody></table></div>"
    ),
    "| | n |\n|---|--:|\n| a | **1** |": (
        '<div class="table" tabindex="0"><table><thead><tr><td></td><th class="right">n</th></tr></thead>'
        '<tbody><tr><td>a</td><td class="right"><strong>1</strong></td></tr></tbody></table></div>'
    ),
    "unclosed **bold and `code": "<p>unclosed **bold and `code</p>",
    "&amp; <b>": "<p>&amp;amp; &lt;b&gt;</p>",
    "[Straße](http://a.example/Straße?q=1 'title')": (
        '<p><span>Straße<span class="address"> (http://a.example/Straße?q=1)</span></span></p>'
    ),
    "<http://a.example/> <ada@a.example>": "<p><span>http://a.example/</span> <span>ada@a.example</span></p>",
    "[run](javascript:alert(1))": "<p>[run](javascript:alert(1))</p>",
    "![a **b**](c.png)": '<p><span>a <strong>b</strong><span class="address"> (c.png)</span></span></p>',
    "[1]: http://a.example\n\nSee [1] [2][1].": "<p>[1]: http://a.example</p><p>See [1] [2][1].</p>",
}
ANSWER = f"""{GOOD_ANSWER}
> Quoted [1].
>
> ```py
> print("[1]")
> ```

- one
  1. two

     more of it
  2. three
- four

```sh
ls | wc
```

The end, with `code`, [a link](http://a.example) and
a second line.
"""
IMPORT = 'const { blocks } = await import("/web/markdown/markdown.js");'
RENDER = f"""async (text) => {{
    {IMPORT}
    const box = document.createElement("div");
    box.append(...blocks(text).map((block) => block.build()));
    return box.innerHTML;
}}"""
GROW = f"""async (text) => {{
    {IMPORT}
    const box = document.createElement("div");
    let known = [];
    for (let end = 1; end <= text.length; end += 1) {{
        const wanted = blocks(text.slice(0, end));
        let same = 0;
        while (same < known.length && known[same] === wanted[same]?.source) same += 1;
        while (box.childNodes.length > same) box.lastChild.remove();
        box.append(...wanted.slice(same).map((block) => block.build()));
        known = wanted.map(({{ source }}) => source);
    }}
    return box.innerHTML;
}}"""
MILLISECONDS = f"""async (text) => {{
    const spent = [];
    for (let round = 0; round < 3; round += 1) {{
        const begun = performance.now();
        await ({RENDER})(text);
        spent.push(performance.now() - begun);
    }}
    return Math.min(...spent);
}}"""
LENGTH = 100_000
NOISE = 30  # ms that a garbage collection may add
DEADLINE = 20_000  # ms
MEASUREMENTS = 5  # at most, as a busy machine may slow down any of them


@pytest.fixture(scope="module")
def renderer(browser: Browser, layer1: str) -> Iterator[Page]:
    """A page on which no question is asked, for all tests of this module."""
    page = browser.new_page()
    page.goto(layer1)
    yield page
    page.close()


@pytest.mark.parametrize("text", RENDERED)
def test_markdown_becomes_elements(renderer: Page, text: str) -> None:
    assert renderer.evaluate(RENDER, text) == RENDERED[text]


def test_an_answer_that_grows_by_single_characters_ends_as_one_that_came_whole(renderer: Page) -> None:
    assert renderer.evaluate(GROW, ANSWER) == renderer.evaluate(RENDER, ANSWER)


@pytest.mark.parametrize("depth", [25, 40])
def test_lists_are_nested_as_deep_as_they_were_written(renderer: Page, depth: int) -> None:
    text = "\n".join(f"{'  ' * level}- level {level}" for level in range(depth))
    expected = "".join(f"<ul><li>level {level}" for level in range(depth)) + "</li></ul>" * depth
    assert renderer.evaluate(RENDER, text) == expected


@pytest.mark.parametrize("mark", ["> ", "- ", "1. "])
def test_text_below_the_deepest_level_is_kept(renderer: Page, mark: str) -> None:
    assert "the bottom" in renderer.evaluate(RENDER, mark * 300 + "the bottom\n\nand the end")


@pytest.mark.parametrize(
    "unit",
    [
        *("*", "`", "[", "]", ">", "<", "_", "~", "\\", "\n", "#", "|", "> ", "- ", "+ ", "1. ", "# ", "| "),
        *("**a ", "_a ", "~~a ", "*a_ ", "![](", "[a](", "[a](<b", "![[]()", "`a``b", "*a_b~~", "a@", "<a:"),
        *("> a\n", "- a\n", "- a\n\n", "```\n", "> ```\n", "| a | b |\n|-|-|\n", "&", "\t", "a" + " " * 99),
    ],
    ids=repr,
)
def test_the_time_to_render_grows_with_the_length_of_the_text(renderer: Page, unit: str) -> None:
    text = unit * (LENGTH // len(unit))
    quarter = whole = float("inf")
    for _ in range(MEASUREMENTS):
        quarter = min(quarter, renderer.evaluate(MILLISECONDS, text[: LENGTH // 4]))
        whole = min(whole, renderer.evaluate(MILLISECONDS, text))
        if whole < 10 * max(quarter, NOISE):  # linear: 4 times; quadratic: 16 times
            break
    else:
        pytest.fail(f"{quarter:.0f} ms for a quarter of the text, {whole:.0f} ms for the whole")
    assert whole < DEADLINE


@pytest.mark.parametrize(
    "text",
    [
        "[" * 50_000 + "a" + "]" * 50_000,
        "![" * 5_000 + "a" + "](b)" * 5_000,
        "*a **a " * 7_000 + "b** b*" * 7_000,
        "|a" * 1_000 + "|\n" + "|-" * 1_000 + "|\n" + "|\n" * 10_000,
        "> " * 100 + "a\n" + "b\n" * 25_000,
        "\n".join(f"{' ' * level}- a" for level in range(400)),
        "| " * 10_000 + "\n-" + " " * 20_000 + "x",
    ],
    ids=lambda text: repr(text[:6]),
)
def test_nesting_keeps_the_renderer_no_longer(renderer: Page, text: str) -> None:
    assert renderer.evaluate(MILLISECONDS, text) < DEADLINE


def test_an_answer_of_marks_leaves_the_page_usable(page: Page, ollama: OllamaStub) -> None:
    ollama.pieces = [mark * 20_000 + "\n\n" for mark in ("[", ">", "*", "> ", "+ ", "*a **a ")] + ["The end."]
    ask(page, "What do you say?")
    answered(page)
    expect(page.get_by_role("article").last).to_contain_text("The end.")
    ollama.say("Well.")
    ask(page, "Really?")
    answered(page)
    expect(page.get_by_role("article").last).to_contain_text("Well.")
