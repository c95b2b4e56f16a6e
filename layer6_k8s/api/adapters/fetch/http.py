"""Fetching over HTTP, to public addresses only.

The address is checked where the connection is made, and the connection goes to the address that was checked. So neither
a redirect, nor a name that resolves to another address the second time, nor an address in an unusual notation leads
into the network of the service.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Collection, Iterable
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore2

from api.services.jobs.fetching import AddressRefused, Fetched, FetchFailed, NotFetched, NotThere, name_of
from api.services.parsing.errors import DocumentTooLarge

MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)
TRY_LATER = (408, 425, 429)
GONE = (404, 410)
NOT_MODIFIED = 304
NAT64 = ipaddress.ip_network("64:ff9b::/96")
HEADERS = [(b"User-Agent", b"MyStack"), (b"Accept", b"*/*"), (b"Accept-Encoding", b"identity")]
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class PublicOnly(httpcore2.AnyIOBackend):
    """Connects to public addresses, and to the hosts in `allowed`, whatever their address."""

    def __init__(self, allowed: Collection[str]) -> None:
        self.allowed = {host.lower() for host in allowed}

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Raises `AddressRefused` and `FetchFailed`."""
        addresses = await _resolved(host, port)
        if host.lower().strip("[]") not in self.allowed and not all(map(is_public, addresses)):
            raise AddressRefused(
                f"{host} is not a public address; FETCH_ALLOWED_HOSTS names hosts that may be fetched all the same."
            )
        return await super().connect_tcp(str(addresses[0]), port, timeout, local_address, socket_options)


class HttpFetch:
    """The port `Fetch`. `seconds` limits a fetch as a whole, redirects included."""

    def __init__(self, *, allowed: Collection[str], max_bytes: int, seconds: float) -> None:
        self.backend = PublicOnly(allowed)
        self.max_bytes = max_bytes
        self.seconds = seconds

    async def fetch(self, url: str) -> Fetched:
        """See `Fetch`."""
        fetched = await self.fetch_unless(url)
        if fetched is None:
            raise NotFetched("The server answered 304 to a request without a condition.")
        return fetched

    async def fetch_unless(self, url: str, etag: str = "", modified: str = "") -> Fetched | None:
        """As `Fetch.fetch`; None if the server says that it still has this version."""
        headers = [*HEADERS]
        headers += [(b"If-None-Match", etag.encode("latin-1"))] if etag else []
        headers += [(b"If-Modified-Since", modified.encode("latin-1"))] if modified else []
        try:
            async with (
                asyncio.timeout(self.seconds),
                httpcore2.AsyncConnectionPool(network_backend=self.backend) as pool,
            ):
                for _ in range(MOST_REDIRECTS + 1):
                    _require_http(url)
                    async with pool.stream("GET", url, headers=headers) as response:
                        if response.status == NOT_MODIFIED:
                            return None
                        if response.status not in REDIRECTS:
                            return await self._read(url, response)
                        url = urljoin(url, _header(response, "location"))
                raise NotFetched(f"The address was redirected more than {MOST_REDIRECTS} times.")
        except TimeoutError as error:
            raise FetchFailed(f"The document did not arrive within {self.seconds:g} s.") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException, OSError) as error:
            raise FetchFailed(f"The server cannot be reached ({type(error).__name__}).") from error
        except (httpcore2.UnsupportedProtocol, ValueError) as error:
            raise NotFetched(f"This is no address that can be fetched: {url[:200]}") from error

    async def _read(self, url: str, response: httpcore2.Response) -> Fetched:
        if response.status != 200:
            said = f"The server answered {response.status}."
            if response.status in GONE:
                raise NotThere(said)
            raise FetchFailed(said) if response.status >= 500 or response.status in TRY_LATER else NotFetched(said)
        data = bytearray()
        async for piece in response.aiter_stream():
            data += piece
            if len(data) > self.max_bytes:
                raise DocumentTooLarge(f"The document has more than {self.max_bytes:,} bytes.")
        name = name_of(url, _header(response, "content-disposition"), _header(response, "content-type"))
        return Fetched(name, bytes(data), _header(response, "etag"), _header(response, "last-modified"))


def is_public(address: IpAddress) -> bool:
    """Whether the address is one of the public internet, also where it is written inside another one."""
    inner: list[IpAddress | None] = []
    if isinstance(address, ipaddress.IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in NAT64:
            inner.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return address.is_global and not address.is_multicast and all(is_public(one) for one in inner if one)


async def _resolved(host: str, port: int) -> list[IpAddress]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise FetchFailed(f"The name {host[:200]} is not known.") from error
    return [ipaddress.ip_address(str(address[0]).partition("%")[0]) for *_, address in found]


def _require_http(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotFetched(f"Only http:// and https:// addresses can be fetched, and not {url[:200]}")


def _header(response: httpcore2.Response, name: str) -> str:
    values = [value for key, value in response.headers if key.lower() == name.encode()]
    return values[0].decode("latin-1") if values else ""
