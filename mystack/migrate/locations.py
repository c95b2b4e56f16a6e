"""Where the two sides of a migration keep their documents."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from mystack.embedded import started
from mystack.installed import require_dependencies
from mystack.migrate.read_only_target import ReadOnlyTarget
from mystack.migrate.store_client import StoreClient
from mystack.postgres import DATABASE, ROLE
from mystack.project import Layer, Refusal, find_layer

TWO_STORES = 2
PORT_LINE = 3  # of postmaster.pid


@dataclass(frozen=True)
class Stores:
    """Where layer 2 keeps documents: in a data folder, or at addresses."""

    data: Path | None = None
    mongodb_url: str | None = None
    qdrant_url: str | None = None
    qdrant_path: Path | None = None


@dataclass(frozen=True)
class Database:
    """Where the newest layer keeps them: in a data folder, or at an address."""

    data: Path | None = None
    url: str | None = None


@dataclass(frozen=True)
class StoreLocation:
    """`settings` lead a layer to its stores; `keep_open` are the descriptors that hold its data folder."""

    name: str
    settings: Mapping[str, str]
    keep_open: Sequence[int] = ()


@contextmanager
def open_stores(
    old: Stores, new: Database, env: Mapping[str, str], *, to_layer2: bool, read_only: bool
) -> Iterator[tuple[StoreClient, StoreClient | ReadOnlyTarget]]:
    """Source and target, ready for requests; with `read_only`, the target is not changed, and not created if absent.

    Refuses, in one sentence, places where nothing is, that are not complete, or that a running layer holds.
    """
    layer2, newest = find_layer(TWO_STORES), find_layer()
    for layer in (layer2, newest):
        require_dependencies(layer)
    folder, home = layer2.data(old.data), newest.data(new.data)
    if folder == home and not (old.mongodb_url or new.url):
        raise Refusal(f"both sides would be in {home}, which can be held once: name another with --data")
    if not (to_layer2 or old.mongodb_url or (folder / "mongodb").is_dir()):
        raise Refusal(f"there is nothing of layer 2 in {folder}: name its data folder with --from-data")
    with ExitStack() as stack:

        def opened(layer: Layer, place: StoreLocation) -> StoreClient:
            return stack.enter_context(
                closing(StoreClient(place.name, layer, {**env, **place.settings}, place.keep_open))
            )

        if to_layer2 or not read_only:
            here = opened(newest, stack.enter_context(postgresql(newest, home, new.url)))
        if read_only and to_layer2 and not (old.mongodb_url or (folder / "mongodb").is_dir()):
            yield here, ReadOnlyTarget(f"layer 2 in {folder}, where nothing is yet", None)
            return
        there = opened(layer2, stack.enter_context(two_stores(layer2, folder, old)))
        if read_only and not to_layer2:
            yield there, stack.enter_context(_looked_at(newest, home, new.url))
        else:
            yield (here, there) if to_layer2 else (there, here)


@contextmanager
def _looked_at(layer: Layer, folder: Path, url: str | None) -> Iterator[ReadOnlyTarget]:
    if not (url or (folder / "postgresql" / "data").is_dir()):
        yield ReadOnlyTarget(f"PostgreSQL in {folder}, where nothing is yet", None)
        return
    with postgresql(layer, folder, url) as place:
        yield ReadOnlyTarget(place.name, place.settings["DATABASE_URL"])


@contextmanager
def two_stores(layer: Layer, folder: Path, old: Stores) -> Iterator[StoreLocation]:
    """The stores of layer 2: those at the addresses, or the embedded ones of a folder."""
    vectors = old.qdrant_url or old.qdrant_path
    if bool(old.mongodb_url) != bool(vectors):
        raise Refusal("a library is in two stores: give --mongodb-url, and --qdrant-url or --qdrant-path")
    if old.mongodb_url:
        path = str(old.qdrant_path.expanduser().resolve()) if old.qdrant_path else ""
        settings = {"MONGODB_URL": old.mongodb_url, "QDRANT_URL": old.qdrant_url or "", "QDRANT_PATH": path}
        yield StoreLocation("layer 2 at the addresses given", settings)
    else:
        with started(layer, folder, {}) as running:
            yield StoreLocation(f"layer 2 in {folder}", running.settings | {"QDRANT_URL": ""}, running.descriptors)


@contextmanager
def postgresql(layer: Layer, folder: Path, database_url: str | None) -> Iterator[StoreLocation]:
    """The PostgreSQL at the address, or the embedded one of a folder, which is started unless a layer runs on it."""
    url = database_url or running_postgresql(folder)
    if url:
        where = "at the address given" if database_url else f"of the running layer in {folder}"
        yield StoreLocation(f"PostgreSQL {where}", {"DATABASE_URL": url})
        return
    with started(layer, folder, {}) as running:
        yield StoreLocation(f"PostgreSQL in {folder}", running.settings, running.descriptors)


def running_postgresql(folder: Path) -> str | None:
    """The address of the embedded PostgreSQL that runs on the files in a folder, if one does."""
    import psycopg  # only the layers that use PostgreSQL have it installed

    home = folder / "postgresql"
    try:
        port = (home / "data" / "postmaster.pid").read_text().splitlines()[PORT_LINE]
        url = f"postgresql://{ROLE}:{quote((home / 'password').read_text())}@127.0.0.1:{port}/{DATABASE}"
        with psycopg.connect(url, connect_timeout=3):
            return url
    except (OSError, IndexError, psycopg.Error):  # left behind by one that was killed
        return None
