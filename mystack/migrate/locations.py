"""Where the source and the target of a migration store their documents, and how to open them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit, urlunsplit

from mystack.embedded import settings_of_postgresql, started
from mystack.installed import require_dependencies
from mystack.migrate.store_client import DocumentSummary, StoreClient
from mystack.postgres import DATABASE, ROLE
from mystack.project import Layer, Refusal, find_layer

TWO_STORES = 2
PORT_LINE = 3  # of postmaster.pid
HAS_DOCUMENTS = "SELECT to_regclass('documents') IS NOT NULL"
READ_ONLY = "-c default_transaction_read_only=on"
TENANT = "-c app.tenant=1"  # the tenant default; layers without tenants do not know the setting


@dataclass(frozen=True)
class Stores:
    """The stores of layer 2: in a data folder, or at URLs."""

    data: Path | None = None
    mongodb_url: str | None = None
    qdrant_url: str | None = None
    qdrant_path: Path | None = None


@dataclass(frozen=True)
class Database:
    """The database of a layer, by default of the newest: in a data folder, or at a URL."""

    data: Path | None = None
    url: str | None = None
    layer: str | None = None


@dataclass(frozen=True)
class StoreLocation:
    """`settings` lead a layer to its stores; `keep_open` are the descriptors that hold its data folder's lock."""

    name: str
    settings: Mapping[str, str]
    keep_open: Sequence[int] = ()


@dataclass(frozen=True)
class EmptyTarget:
    """The target of a dry run that does not exist yet; the dry run does not create it."""

    name: str

    def summaries(self) -> dict[str, DocumentSummary]:
        return {}


@contextmanager
def open_stores(
    old: Stores, new: Database, env: Mapping[str, str], *, to_layer2: bool, read_only: bool
) -> Iterator[tuple[StoreClient, StoreClient | EmptyTarget]]:
    """Source and target, ready for requests; with `read_only`, the target is neither changed nor created.

    Refuses, in one sentence, a location that is empty or incomplete, or that a running layer holds.
    """
    layer2, later = find_layer(TWO_STORES), find_layer(new.layer)
    if later.number <= layer2.number:
        raise Refusal(f"layer {later.number} has no PostgreSQL: name a later one with --layer")
    for layer in (layer2, later):
        require_dependencies(layer)
    folder, home = layer2.data(old.data), later.data(new.data)
    if folder == home and not (old.mongodb_url or new.url):
        raise Refusal(f"source and target would both use {home}, which only one can: name another with --data")
    exists = bool(old.mongodb_url) or (folder / "mongodb").is_dir()
    if not (to_layer2 or exists):
        raise Refusal(f"there is nothing of layer 2 in {folder}: name its data folder with --from-data")
    with ExitStack() as stack:

        def client(layer: Layer, location: StoreLocation) -> StoreClient:
            settings = {**env, **location.settings}
            return stack.enter_context(closing(StoreClient(location.name, layer, settings, location.keep_open)))

        def two_stores_client() -> StoreClient:
            return client(layer2, stack.enter_context(two_stores(layer2, folder, old)))

        def postgresql_client() -> StoreClient:
            return client(later, stack.enter_context(postgresql(later, home, new.url)))

        if to_layer2:
            source = postgresql_client()
            absent = EmptyTarget(f"layer 2 in {folder}, which does not exist yet")
            yield source, absent if read_only and not exists else two_stores_client()
        elif read_only:
            source = two_stores_client()
            location = stack.enter_context(read_only_postgresql(later, home, new.url))
            yield source, location if isinstance(location, EmptyTarget) else client(later, location)
        else:
            target = postgresql_client()
            yield two_stores_client(), target


@contextmanager
def read_only_postgresql(layer: Layer, folder: Path, url: str | None) -> Iterator[StoreLocation | EmptyTarget]:
    """The PostgreSQL, whose sessions are read-only: so a layer does not even upgrade the schema."""
    if not (url or (folder / "postgresql" / "data").is_dir()):
        yield EmptyTarget(f"PostgreSQL in {folder}, which does not exist yet")
        return
    import psycopg  # installed only for the layers that use PostgreSQL

    with postgresql(layer, folder, url) as location:
        address = read_only(location.settings["DATABASE_URL"])
        with psycopg.connect(address, options=f"{READ_ONLY} {TENANT}") as connection:
            has_documents = connection.execute(HAS_DOCUMENTS).fetchone() == (True,)
        if has_documents:
            yield replace(location, settings={**location.settings, "DATABASE_URL": address})
        else:
            yield EmptyTarget(f"{location.name}, which is empty")


def read_only(url: str) -> str:
    """The URL with a session option that makes every transaction read-only."""
    parts = urlsplit(url)
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    query["options"] = f"{query.get('options', '')} {READ_ONLY}".strip()
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))


@contextmanager
def two_stores(layer: Layer, folder: Path, old: Stores) -> Iterator[StoreLocation]:
    """The stores of layer 2: those at the URLs, or the embedded ones of a folder."""
    vectors = old.qdrant_url or old.qdrant_path
    if bool(old.mongodb_url) != bool(vectors):
        raise Refusal("layer 2 has two stores: give --mongodb-url, and --qdrant-url or --qdrant-path")
    if old.mongodb_url:
        path = str(old.qdrant_path.expanduser().resolve()) if old.qdrant_path else ""
        settings = {"MONGODB_URL": old.mongodb_url, "QDRANT_URL": old.qdrant_url or "", "QDRANT_PATH": path}
        yield StoreLocation("layer 2 at the given URLs", settings)
    else:
        with started(layer, folder, {}) as running:
            yield StoreLocation(f"layer 2 in {folder}", running.settings | {"QDRANT_URL": ""}, running.descriptors)


@contextmanager
def postgresql(layer: Layer, folder: Path, database_url: str | None) -> Iterator[StoreLocation]:
    """The PostgreSQL at the URL, or the embedded one of a folder, which is started unless a layer runs on it."""
    url = database_url or running_postgresql(folder)
    if url:
        where = "at the given URL" if database_url else f"of the running layer in {folder}"
        settings = {"DATABASE_URL": url} if database_url else settings_of_postgresql(layer, url)
        yield StoreLocation(f"PostgreSQL {where}", settings)
        return
    with started(layer, folder, {}) as running:
        yield StoreLocation(f"PostgreSQL in {folder}", running.settings, running.descriptors)


def running_postgresql(folder: Path) -> str | None:
    """The URL of the embedded PostgreSQL that runs on the files in a folder, if one does."""
    import psycopg  # installed only for the layers that use PostgreSQL

    home = folder / "postgresql"
    try:
        port = (home / "data" / "postmaster.pid").read_text().splitlines()[PORT_LINE]
        url = f"postgresql://{ROLE}:{quote((home / 'password').read_text())}@127.0.0.1:{port}/{DATABASE}"
        with psycopg.connect(url, connect_timeout=3):
            return url
    except (OSError, IndexError, psycopg.Error):  # the file is left by a killed server
        return None
