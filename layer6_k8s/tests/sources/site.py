"""A web server whose pages a test writes: with ETags, feeds and sitemaps, and a record of what was transferred."""

import gzip
import hashlib

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


class Site:
    """`pages`: text by path. `sent`: paths of answers with a body, in their order."""

    url: str

    def __init__(self) -> None:
        self.pages: dict[str, str] = {}
        self.status = 200
        self.sent: list[str] = []
        self.app = Starlette(routes=[Route("/{path:path}", self.answer)])

    async def answer(self, request: Request) -> Response:
        path = request.path_params["path"]
        if self.status != 200:
            return Response("", self.status)
        if path not in self.pages:
            return Response("", 404)
        text = self.pages[path].replace("SITE", self.url)
        etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
        if request.headers.get("if-none-match") == etag:
            return Response("", 304)
        self.sent.append(path)
        body = gzip.compress(text.encode()) if path.endswith(".gz") else text.encode()
        kind = "text/html" if path.endswith((".html", "page")) else "application/xml"
        return Response(body, media_type=kind, headers={"ETag": etag})

    def sitemap(self, *pages: str, path: str = "sitemap.xml") -> None:
        places = "".join(f"<url><loc>SITE/{page}</loc></url>" for page in pages)
        self.pages[path] = (
            f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'
        )

    def feed(self, *pages: str) -> None:
        items = "".join(f"<item><title>x</title><link>SITE/{page}</link></item>" for page in pages)
        self.pages["feed.xml"] = f'<rss version="2.0"><channel><link>SITE/</link>{items}</channel></rss>'
