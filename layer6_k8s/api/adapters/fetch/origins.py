"""Pages, feeds and sitemaps: the port `Origin`, over HTTP. Only what has changed is transferred, if the server can."""

from api.adapters.fetch.http import HttpFetch
from api.services.jobs.fetching import NotFetched, NotThere
from api.services.sources.errors import SourceUnavailable, Vanished
from api.services.sources.feeds import addresses_of_sitemap, links_of_feed
from api.services.sources.sources import Listing, Read, Source, Version

MOST_PAGES = 5_000
MOST_SITEMAPS = 50


class WebOrigin:
    """What all kinds have in common: an item is a page or a file, whose key is its address."""

    settle = 0.0

    def __init__(self, fetch: HttpFetch) -> None:
        self.fetch = fetch

    async def read(self, source: Source, key: str, stamp: str, known: Version | None) -> Read | None:
        try:
            fetched = await self.fetch.fetch_unless(key, *((known.etag, known.modified) if known else ()))
        except NotThere as error:
            raise Vanished from error
        if fetched is None:
            return None
        return Read(fetched.filename, fetched.data, Version(etag=fetched.etag, modified=fetched.modified))

    async def _listed(self, url: str) -> bytes:
        """A feed or sitemap. One that is not there is no reason to delete what was in it."""
        try:
            return (await self.fetch.fetch(url)).data
        except NotFetched as error:
            raise SourceUnavailable(f"{error.detail} Nothing was deleted.") from error


class PageOrigin(WebOrigin):
    """One page or file."""

    async def listing(self, source: Source) -> Listing:
        return Listing({source.location: ""})


class FeedOrigin(WebOrigin):
    """The items of a feed. Older items, which it does not name any more, are still there."""

    async def listing(self, source: Source) -> Listing:
        links = links_of_feed(await self._listed(source.location), source.location)
        return Listing(_without_stamps(links), complete=False, skipped=_too_many(links))


class SitemapOrigin(WebOrigin):
    """The pages of a sitemap, or of the sitemaps of an index."""

    async def listing(self, source: Source) -> Listing:
        found = addresses_of_sitemap(await self._listed(source.location), source.location)
        pages = dict.fromkeys(found.pages)
        for url in found.sitemaps[:MOST_SITEMAPS]:
            pages |= dict.fromkeys(addresses_of_sitemap(await self._listed(url), url).pages)
            if len(pages) > MOST_PAGES:
                break
        whole = len(pages) <= MOST_PAGES and len(found.sitemaps) <= MOST_SITEMAPS
        return Listing(_without_stamps([*pages]), complete=whole, skipped=_too_many([*pages]))


def _without_stamps(urls: list[str]) -> dict[str, str]:
    return dict.fromkeys(urls[:MOST_PAGES], "")


def _too_many(urls: list[str]) -> dict[str, int]:
    return {"beyond_the_limit": len(urls) - MOST_PAGES} if len(urls) > MOST_PAGES else {}
