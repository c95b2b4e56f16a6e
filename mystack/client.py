"""An HTTP client of a running layer, and its errors as text."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import httpx2
import typer

from mystack.project import Refusal
from mystack.settings import written

Url = Annotated[str, typer.Option(envvar="MYSTACK_URL", help="URL of the running layer.")]
ApiKey = Annotated[str | None, typer.Option(envvar="API_KEY", help="The layer's API key, if it has one.")]
LOCAL = "http://127.0.0.1:8000"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
NO_SUCH_PATH = "not_found:"

# A model may take a minute until its first token, and an upload returns when the document is searchable.
TIMEOUT = httpx2.Timeout(connect=5, read=600, write=60, pool=None)


@contextmanager
def connected(url: str, api_key: str | None, setting: str = "API_KEY") -> Iterator[httpx2.Client]:
    """A client of the layer at `url`. Refuses a URL where no layer runs.

    Without `api_key`, a layer on this machine gets the `setting` in `.env`, which `mystack run` uses as well.
    """
    with client(url, api_key, setting) as http:
        try:
            answer = http.get("/health/live")
        except httpx2.TransportError as error:
            raise Refusal(
                f"no server answers at {url} ({error}): start one with `make run`, or give another URL with --url"
            ) from error
        if answer.status_code != httpx2.codes.OK:
            raise Refusal(
                f"the server at {url} is not MyStack (its /health/live returns {answer.status_code}):"
                " give the URL that `make run` printed, with --url"
            )
        yield http


def client(url: str, api_key: str | None, setting: str = "API_KEY") -> httpx2.Client:
    """A client as `connected` gives it, whether the layer answers or not. Refuses an invalid URL."""
    key = api_key or (written().get(setting) if _host(url) in LOOPBACK else None)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx2.Client(base_url=url, headers=headers, timeout=TIMEOUT, trust_env=False)


def _host(url: str) -> str:
    """The host of a URL. Refuses an invalid URL."""
    try:
        parsed = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise Refusal(f"{url} is not a URL ({error}): give one such as {LOCAL}") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise Refusal(f"{url} is not a URL: give one such as {LOCAL}")
    return parsed.host


def explain(response: httpx2.Response) -> str:
    """The error in a layer's response, as `code: detail`."""
    response.read()
    try:
        return explain_problem(response.json())
    except (ValueError, AttributeError):
        return f"HTTP {response.status_code} {response.reason_phrase}"


def explain_problem(problem: dict[str, Any]) -> str:
    """A problem object as `code: detail`."""
    return f"{problem.get('code', 'error')}: {problem.get('detail') or problem.get('title', '')}"


def refuse_unusable(response: httpx2.Response) -> None:
    """Refuse a server that requires another API key, and a layer without the requested path."""
    if response.status_code == httpx2.codes.UNAUTHORIZED:
        wrong = "rejects this API key" if "Authorization" in response.request.headers else "requires its API key"
        raise Refusal(f"the server {wrong}: give the key it was started with, by --api-key or as API_KEY")
    if response.status_code == httpx2.codes.NOT_FOUND and explain(response).startswith(NO_SUCH_PATH):
        raise Refusal(
            f"the layer at {str(response.url.join('/')).rstrip('/')} has no {response.url.path}: start a later layer,"
            " with `make run LAYER=…`"
        )


def answered(response: httpx2.Response) -> httpx2.Response:
    """The response. Refuses an error, with its reason."""
    refuse_unusable(response)
    if not response.is_success:
        raise Refusal(f"{response.request.method} {response.request.url.path} failed: {explain(response)}")
    return response


def events(lines: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The server-sent events in a stream of lines, as (name, data)."""
    name, data = "message", ""
    for line in lines:
        field, _, value = line.partition(":")
        match field:
            case "event":
                name = value.strip()
            case "data":
                data += value
            case "" if not value and data:
                yield name, json.loads(data)
                name, data = "message", ""
