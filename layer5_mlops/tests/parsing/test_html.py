"""HTML: the visible text, in blocks."""

import pytest

from api.adapters.parsing.formats import parse_document
from api.services.parsing.errors import UnreadableDocument
from api.services.parsing.parser import HTML, ParsedDocument, ParseLimits

CARDS = "Card: 15 euros\n\nBook, Map: 5 euros\n\nBook, Map: or a copy"


def parsed(source: str | bytes) -> ParsedDocument:
    data = source if isinstance(source, bytes) else source.encode()
    return parse_document(data, "page.html", ParseLimits())


def test_blocks_lists_and_tables_keep_their_structure() -> None:
    document = parsed(
        "<!doctype html><title>Guide</title><h1>Setup</h1><p>Two <b>easy</b>\n   steps:<ul><li>Install it"
        "<ol start=3><li>here<li>there</ol><li>Start&nbsp;it</ul><table><tr><th>Name<th>Port<tr><td><p>web</p><td>8000"
        "</table><pre>\n  if x:\n    go()\n</pre><h2>Docker</h2>Or so.<br>Or not."
    )
    assert document.content_type == HTML
    assert document.text == (
        "Guide\n\nSetup\n\nTwo easy steps:\n\n- Install it\n  3. here\n  4. there\n- Start it\n\nName | Port\n"
        "web | 8000\n\n  if x:\n    go()\n\nDocker\n\nOr so.\nOr not."
    )
    levels = {document.text[h.start : h.end]: h.level for h in document.headings}
    assert levels == {"Guide": 1, "Setup": 1, "Docker": 2}


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>secret()</script>",
        "<style>.secret{}</style>",
        "<!-- secret -->",
        "<template><p>secret</p></template>",
        "<p hidden>secret</p>",
        "<div style='color: red; display : none'><p>secret</p></div>",
        "<span style='font-size:0'>secret</span>",
        "<span style='OPACITY:0'>secret</span>",
        "<p style='visibility:hidden'>secret</p>",
        "<noscript>secret</noscript>",
        "<input type=hidden value=secret>",
    ],
)
def test_hidden_text_is_left_out(hidden: str) -> None:
    assert parsed(f"<html><body>seen{hidden}</body></html>").text == "seen"


def test_invisible_characters_are_removed() -> None:
    tags = "".join(chr(0xE0000 + ord(c)) for c in "ignore")
    assert parsed(f"<html><body>pass\u200bword{tags}\u00ad\u202e!").text == "password!"
    code = "".join(chr(0xE0100 + ord(c)) for c in "ignore")
    assert parsed(f"<html><body>葛\U000e0100 ☺\ufe0f{code}").text == "葛\U000e0100 ☺\ufe0f"


def test_a_title_equal_to_the_first_heading_appears_once() -> None:
    assert parsed("<title>Setup</title><h1> Setup </h1><p>Text").text == "Setup\n\nText"


def test_the_declared_encoding_is_used() -> None:
    page = "<html><meta charset=windows-1251><p>Привет, мир</p>".encode("cp1251")
    assert parsed(page).text == "Привет, мир"


def test_broken_markup_is_read_as_in_a_browser() -> None:
    assert parsed("<p>one<p>two<div>three</p></b></div></div><li>four").text == "one\n\ntwo\n\nthree\n\n- four"


def test_a_page_without_text_is_reported_as_such() -> None:
    with pytest.raises(UnreadableDocument, match="no text"):
        parsed("<html><body><script>x()</script><img src=x></body></html>")


def test_closed_blocks_do_not_count_as_nesting() -> None:
    page = "<ul>" + "<li><div><p>a</p></div>" * 6_000 + "</ul>" + "<p>b<br><img>" * 6_000
    assert parsed(page).text.count("a") == 6_000
    assert parsed("<p>seen</div></ul>" * 6_000).text.count("seen") == 6_000


def test_deep_nesting_does_not_exhaust_the_stack() -> None:
    assert parsed("<p>" + "<b>" * 5_000 + "deep").text == "deep"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("It has 12<sup>3</sup> seats, 4<sup><a href='#1'>2</a></sup>.", "It has 12^3 seats, 4^2."),
        ("It was 4.2<sup>[1]</sup> the 5<sup>th</sup>.", "It was 4.2[1] the 5th."),
        ("<p><sup>3</sup> Without trainees.", "3 Without trainees."),
        ("The <a href='https://x.example/form'>form</a>.", "The form (https://x.example/form)."),
        ("<a href='https://x.example/'>x.example</a> <a href='/in'>in</a> <a href='#a'>up</a>", "x.example in up"),
        ("Map: <img src=a.png alt='behind the station'>.", "Map: behind the station ."),
        ("Staff <input value='four per shift'><input type=password value=no>", "Staff four per shift"),
        ("<dl><dt>Card<dd>15 euros<dt>Book<dt>Map<dd>5 euros<dd>or a copy</dl>", CARDS),
        ("<dl><dt>Alone</dl><p>after", "Alone\n\nafter"),
    ],
)
def test_words_keep_what_stands_around_them(source: str, text: str) -> None:
    assert parsed(f"<html><body>{source}</body></html>").text == text


@pytest.mark.parametrize(
    "beside",
    [
        "<nav><a href=/>Home</a></nav>",
        "<div role=navigation>Home</div>",
        "<header><ul><li><a href=/>Home</a><li><a href=/b>Blog</a><li><a href=/c>Jobs</a></ul></header>",
        "<div class='cookie-banner'>We use cookies.</div>",
        "<section id=CookieConsent>We use cookies.</section>",
        "<div aria-label='Cookie notice'>We use cookies.</div>",
    ],
)
def test_menus_and_cookie_questions_are_left_out(beside: str) -> None:
    assert parsed(f"<html><body>{beside}<h1>Pool</h1><p>Open.</body></html>").text == "Pool\n\nOpen."


def test_a_page_that_is_all_menu_is_read_as_one() -> None:
    assert parsed("<html><body><nav><a href=/>Home</a></nav></body></html>").text == "Home"


def test_what_is_said_about_cookies_and_lists_of_links_in_the_text_are_kept() -> None:
    text = parsed("<h1>Baking</h1><div class=cookie-recipe>Mix it.</div><ul><li><a href=/a>One</a><li>Two</ul>").text
    assert text == "Baking\n\nMix it.\n\n- One\n- Two"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<ol><li value=7>seven<li>eight</ol>", "7. seven\n8. eight"),
        ("<ol reversed><li>two<li>one</ol>", "2. two\n1. one"),
        ("<ol type=a start=3><li>c<li>d</ol>", "c. c\nd. d"),
        ("<ol type=I><li>one</ol><ol style='list-style: lower-roman inside'><li>i</ol>", "I. one\n\ni. i"),
    ],
)
def test_items_have_the_numbers_that_a_browser_shows(source: str, text: str) -> None:
    assert parsed(f"<html><body>{source}").text == text


def test_the_values_of_form_fields_are_part_of_the_text() -> None:
    document = parsed(
        "<html><body><p>Diet: <input type=checkbox checked> vegan <input type=checkbox> vegetarian"
        "<p>Colour <select><option>red<option selected>blue</select><p>Remark <textarea>by train</textarea>"
        "<input type=checkbox id=menu-switch>"
    )
    assert document.text == "Diet: ☑ vegan ☐ vegetarian\n\nColour blue\n\nRemark by train"


def test_struck_out_text_is_left_out_with_a_warning() -> None:
    document = parsed("<html><body><p>Price <del>30</del><ins>25</ins> euros, <s>until May</s> all year")
    assert document.text == "Price 25 euros, all year"
    assert document.warnings == ("Struck-out text is not part of the text.",)


def test_tables_lists_and_headings_are_known_by_their_role() -> None:
    row = "<div role=row><span role={0}>{1}</span><span role={0}>{2}</span></div>"
    document = parsed(
        "<html><body><div role=heading aria-level=3>Towns</div><div role=table>"
        + row.format("columnheader", "Town", "People")
        + row.format("cell", "Lund", "94000")
        + "</div><div role=list><div role=listitem>one</div><div role=listitem>two</div></div>"
    )
    assert document.text == "Towns\n\nTown | People\nLund | 94000\n\n- one\n- two"
    assert (document.headings[0].level, document.tables[0].headers) == (3, 1)


def test_roles_that_do_not_fit_lose_no_text() -> None:
    nested = "<div role=cell>a<div role=cell>b</div>c</div>"
    document = parsed(f"<html><body>{nested}<div role=table><div role=row>{nested}</div></div><p>end")
    assert document.text.replace(" | ", " ").split() == ["a", "b", "c", "b", "a", "c", "end"]


def test_formulas_and_the_words_of_drawings_are_read() -> None:
    power = "<msup><mi>r</mi><mn>2</mn></msup><annotation encoding='tex'>A=\\pi r^2</annotation>"
    share = "<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac>"
    page = f"<p>So <math><mi>A</mi><mo>=</mo><mi>π</mi>{power}</math>, or <math>{share}</math>.<p>"
    drawing = "<svg><title>Icon</title><g><text>Oslo <tspan>41</tspan></text><text>Riga</text></g></svg>"
    document = parsed(f"{page}{drawing}<svg hidden><text>Not seen</text></svg>")
    assert document.text == "So A=πr^2, or (a+b)/2.\n\nOslo 41 Riga"
