"""The addresses in feeds and sitemaps, and XML that is meant to harm."""

import gzip
import tracemalloc

import pytest

from api.services.sources.errors import UnreadableFeed
from api.services.sources.feeds import MOST_BYTES, addresses_of_sitemap, links_of_feed

BASE = "https://a.example/blog/feed.xml"
ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">
<link rel="self" href="/self"/><entry><link rel="enclosure" href="/sound.mp3"/><link href="one"/></entry>
<entry><link rel="alternate" href="https://b.example/two#part"/></entry></feed>"""
RSS = """<rss version="2.0"><channel><link>https://a.example</link><image><link>/image</link></image>
<item><link> https://a.example/one </link></item><item><link><![CDATA[/two?a=1&b=2]]></link></item>
<item><link>/two?a=1&amp;b=2</link></item><item><link>javascript:alert(1)</link></item><item/></channel></rss>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<item><title>x</title><link>https://a.example/three</link></item></rdf:RDF>"""


@pytest.mark.parametrize(
    ("feed", "links"),
    [
        (ATOM, ["https://a.example/blog/one", "https://b.example/two"]),
        (RSS, ["https://a.example/one", "https://a.example/two?a=1&b=2"]),
        (RDF, ["https://a.example/three"]),
    ],
)
def test_the_links_of_a_feed_are_absolute_and_each_is_named_once(feed: str, links: list[str]) -> None:
    assert links_of_feed(feed.encode(), BASE) == links


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
HARMFUL = [
    f'<!DOCTYPE rss [<!ENTITY l0 "ha">{LAUGHS}]><rss><item><link>&l9;</link></item></rss>',
    '<!DOCTYPE rss [<!ENTITY file SYSTEM "file:///etc/passwd">]><rss><item><link>&file;</link></item></rss>',
    '<!DOCTYPE rss [<!ENTITY % all SYSTEM "http://127.0.0.1/x.dtd"> %all;]><rss/>',
    f'<!DOCTYPE rss [<!ENTITY a "{"a" * 100_000}">]><rss><item><link>{"&a;" * 10_000}</link></item></rss>',
    "<rss>" * 1_000 + "</rss>" * 1_000,
    "<rss>" + "<a/>" * 1_000_001 + "</rss>",
    "<rss><item>",
    "",
    "no XML",
    "<html></html>",
]


@pytest.mark.parametrize("text", HARMFUL, ids=[text[:60] for text in HARMFUL])
def test_harmful_xml_is_refused_in_little_memory(text: str) -> None:
    data = text.encode()
    tracemalloc.start()
    try:
        with pytest.raises(UnreadableFeed):
            links_of_feed(data, BASE)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_an_external_definition_is_not_loaded() -> None:
    feed = '<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/rss.dtd"><rss><item><link>/one</link></item></rss>'
    assert links_of_feed(feed.encode(), BASE) == ["https://a.example/one"]


def test_a_sitemap_that_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(UnreadableFeed, match="Unpacked"):
        addresses_of_sitemap(gzip.compress(b" " * (MOST_BYTES + 1)), BASE)
    with pytest.raises(UnreadableFeed, match="damaged"):
        addresses_of_sitemap(gzip.compress(b"<urlset/>")[:-3], BASE)


def test_a_long_address_is_left_out() -> None:
    text = f"<urlset><url><loc>https://a.example/{'x' * 5_000}</loc></url><url><loc>/ok</loc></url></urlset>"
    assert addresses_of_sitemap(text.encode(), BASE).pages == ["https://a.example/ok"]
