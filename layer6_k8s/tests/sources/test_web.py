"""Pages, feeds and sitemaps, from a real web server."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.library import Reader
from tests.servers.running import refused_address
from tests.sources.conftest import Kept
from tests.sources.site import Site

FERRY = "<h1>Ferry</h1><p>The ferry to Lindholm leaves at seven.</p>"
BOAT = "<h1>Boat</h1><p>The boat to Aspö leaves at nine.</p>"


async def test_a_page_is_kept_in_step_and_fetched_only_when_it_has_changed(kept: Kept, site: Site) -> None:
    site.pages["page"] = FERRY
    source = await kept.added(kind="url", url=f"{site.url}/page")
    assert await kept.synced(source) == {"new": 1}
    (document,) = (await kept.documents()).values()
    assert document["filename"] == "page.html"
    assert document["metadata"] == {"source": source, "url": f"{site.url}/page"}
    assert await kept.synced(source) == {"unchanged": 1}
    assert site.sent == ["page"], "the ETag says that nothing has changed"
    site.pages["page"] = BOAT
    assert await kept.synced(source) == {"changed": 1}
    (document,) = (await kept.documents()).values()
    assert "nine" in (await kept.get(f"/documents/{document['id']}/text"))["text"]


async def test_a_page_that_is_gone_is_deleted_and_one_whose_server_is_gone_is_not(kept: Kept, site: Site) -> None:
    source = await kept.added(kind="url", url=f"{site.url}/page")
    job = await kept.sync(source)
    assert (job["state"], job["error"]["code"]) == ("failed", "source_unavailable"), "it never was there"
    site.pages["page"] = FERRY
    await kept.synced(source)
    site.status = 403
    job = await kept.sync(source)
    assert (job["state"], job["error"]["code"]) == ("failed", "not_fetched")
    assert (await kept.get(f"/sources/{source}"))["error"]["detail"] == "The server answered 403."
    assert len(await kept.documents()) == 1
    site.status = 200
    assert await kept.synced(source) == {"unchanged": 1}, "once it is back, it is compared again"
    del site.pages["page"]
    assert await kept.synced(source) == {"deleted": 1}
    assert await kept.documents() == {}


async def test_a_server_that_is_away_deletes_nothing(kept: Kept) -> None:
    for kind in ("url", "feed", "sitemap"):
        source = await kept.added(kind=kind, url=f"{refused_address()}/x")
        job = await kept.sync(source)
        assert (job["state"], job["error"]["code"], job["attempts"]) == ("failed", "fetch_failed", 3)
        assert (await kept.get(f"/sources/{source}"))["error"]["code"] == "fetch_failed"
        await kept.http.delete(f"{kept.url}/sources/{source}")


async def test_a_private_address_is_refused(http: Any, serve: Callable[..., str], site: Site) -> None:
    site.sitemap("page")
    kept = Kept(http, serve(use_rag=True))
    for kind in ("url", "feed", "sitemap"):
        job = await kept.sync(await kept.added(kind=kind, url=f"{site.url}/sitemap.xml"))
        assert (job["state"], job["error"]["code"]) == ("failed", "address_refused")
    assert site.sent == []


async def test_a_sitemap_is_kept_in_step(kept: Kept, site: Site) -> None:
    site.pages |= {"ferry.html": FERRY, "boat.html": BOAT}
    site.sitemap("ferry.html", "boat.html", "ferry.html#times", "none.html")
    source = await kept.added(kind="sitemap", url=f"{site.url}/sitemap.xml")
    assert await kept.synced(source) == {"new": 2}
    site.pages["boat.html"] = BOAT.replace("nine", "ten")
    assert await kept.synced(source) == {"changed": 1, "unchanged": 1}
    site.sitemap("boat.html")
    assert await kept.synced(source) == {"deleted": 1, "unchanged": 1}
    assert list(await kept.documents()) == ["boat.html"]
    del site.pages["sitemap.xml"]
    job = await kept.sync(source)
    assert (job["state"], job["error"]["code"]) == ("failed", "source_unavailable")
    assert list(await kept.documents()) == ["boat.html"]


async def test_an_index_of_packed_sitemaps_is_read(kept: Kept, site: Site) -> None:
    site.pages |= {"ferry.html": FERRY, "boat.html": BOAT}
    site.sitemap("ferry.html", path="one.xml")
    site.sitemap("boat.html", path="two.xml.gz")
    site.pages["index.xml"] = (
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>SITE/one.xml</loc></sitemap>'
        "<sitemap><loc>SITE/two.xml.gz</loc></sitemap></sitemapindex>"
    )
    source = await kept.added(kind="sitemap", url=f"{site.url}/index.xml")
    assert await kept.synced(source) == {"new": 2}
    site.pages["two.xml.gz"] = "no XML"
    job = await kept.sync(source)
    assert (job["state"], job["error"]["code"]) == ("failed", "unreadable_feed")
    assert len(await kept.documents()) == 2


async def test_what_a_feed_does_not_name_any_more_stays(kept: Kept, site: Site) -> None:
    site.pages |= {"ferry.html": FERRY, "boat.html": BOAT}
    site.feed("ferry.html")
    source = await kept.added(kind="feed", url=f"{site.url}/feed.xml")
    assert await kept.synced(source) == {"new": 1}
    site.feed("boat.html")
    assert await kept.synced(source) == {"new": 1}
    assert sorted(await kept.documents()) == ["boat.html", "ferry.html"]
    assert (await kept.get(f"/sources/{source}"))["items"] == 2
    site.pages["feed.xml"] = "<html><body>Moved</body></html>"
    job = await kept.sync(source)
    assert (job["state"], job["error"]["code"]) == ("failed", "unreadable_feed")
    assert "<html>" in job["error"]["detail"]


async def test_a_page_that_fails_stops_no_other_and_is_tried_again(kept: Kept, site: Site) -> None:
    site.pages |= {"ferry.html": FERRY, "large.html": "x" * 200_001}
    site.sitemap("large.html", "ferry.html")
    source = await kept.added(kind="sitemap", url=f"{site.url}/sitemap.xml")
    assert await kept.synced(source) == {"new": 1, "failed": 1}
    site.pages["large.html"] = BOAT
    assert await kept.synced(source) == {"new": 1, "unchanged": 1}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "folder"},
        {"kind": "folder", "url": "http://a.example"},
        {"kind": "url", "path": "/srv"},
        {"kind": "url", "url": "ftp://a.example"},
        {"kind": "mailbox", "url": "http://a.example"},
        {"kind": "url", "url": "http://a.example", "delete_after_seconds": -1},
        {"kind": "url", "url": "http://a.example", "delete_after_seconds": 1e12},
        {"kind": "url", "url": "http://a.example", "more": 1},
    ],
)
async def test_an_invalid_source_is_refused(http: Any, url: str, body: dict[str, Any]) -> None:
    response = await http.post(f"{url}/sources", json=body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request"), response.text


async def test_a_sync_needs_no_watching(http: Any, serve: Callable[..., str], site: Site) -> None:
    reader = Reader(http, serve(use_rag=True))
    response = await http.post(f"{reader.url}/sources", json={"kind": "url", "url": site.url})
    assert (response.status_code, response.json()["watch"], response.json()["path"]) == (201, False, None)
