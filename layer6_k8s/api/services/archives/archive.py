"""A tenant as a file: a ZIP archive, which another installation can import.

    manifest.json          format, version, the tenant with its quotas, the names of its keys, counts and checksums
    documents/<id>         a document with its text, chunks, words and vectors, in the codec of `mystack migrate`
    originals/<id>         the bytes that were uploaded
    tables/<name>.jsonl    the rows of each other table of the tenant: a JSON object per line

The manifest has the SHA-256 of every other entry, so a damaged archive is recognised before anything is imported.
Everything here blocks.
"""

import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from types import TracebackType
from typing import IO, Any, Self
from uuid import UUID

from api.services.archives.errors import ArchiveRefused
from api.services.embedding.embeddings import Space
from api.services.tenants.accounts import Quotas

FORMAT, VERSION = "mystack-tenant", 1
MANIFEST, DOCUMENTS, ORIGINALS, TABLES = "manifest.json", "documents/", "originals/", "tables/"
MANIFEST_BYTES = 256_000_000
"""A million documents with their originals have a manifest of half of that."""
READ_BYTES = 1 << 20
FAST = 1
"""Level of compression: vectors hardly shrink at any."""


@dataclass(frozen=True)
class Manifest:
    """`space`: the embedding space of the vectors; None if the tenant has no document."""

    name: str
    quotas: Quotas
    space: Space | None
    counts: Mapping[str, int]
    entries: Mapping[str, str]
    """SHA-256 by the name of the entry."""
    about: Mapping[str, Any] = field(default_factory=dict)
    """For the reader: where and when the archive was made, and the keys of the tenant, without their secrets."""


class ArchiveWriter:
    """Writes entries, and the manifest at the end; a context manager."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=FAST)
        self.entries: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def add(self, name: str, parts: Iterable[bytes]) -> None:
        digest = sha256()
        with self._zip.open(name, "w", force_zip64=True) as entry:
            for part in parts:
                digest.update(part)
                entry.write(part)
        self.entries[name] = digest.hexdigest()

    def finish(self, manifest: Manifest) -> None:
        space = manifest.space
        head = {
            "format": FORMAT,
            "version": VERSION,
            **manifest.about,
            "tenant": {"name": manifest.name, "quotas": vars(manifest.quotas)},
            "space": [space.name, space.dimension] if space else None,
            "counts": dict(manifest.counts),
            "entries": self.entries,
        }
        self._zip.writestr(MANIFEST, json.dumps(head, indent=1))


class Archive:
    """A verified archive."""

    def __init__(self, file: IO[bytes]) -> None:
        """Raises `ArchiveRefused` for a file that is no archive of a tenant, or not whole."""
        try:
            self._zip = zipfile.ZipFile(file)
            self.manifest = _manifest(self._zip)
            _verify(self._zip, self.manifest)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
            raise ArchiveRefused(f"This archive cannot be read ({error}). Export the tenant again.") from error

    @property
    def documents(self) -> Sequence[UUID]:
        return [UUID(name) for name in self._names(DOCUMENTS)]

    @property
    def originals(self) -> Sequence[UUID]:
        return [UUID(name) for name in self._names(ORIGINALS)]

    @property
    def tables(self) -> Sequence[str]:
        return [name.removesuffix(".jsonl") for name in self._names(TABLES)]

    def document(self, id: UUID) -> bytes:
        return self._zip.read(f"{DOCUMENTS}{id}")

    def original(self, id: UUID) -> bytes:
        return self._zip.read(f"{ORIGINALS}{id}")

    def rows(self, table: str, size: int) -> Iterator[Sequence[str]]:
        """The rows as JSON objects, in lists of about `size` bytes."""
        batch: list[str] = []
        held = 0
        with self._zip.open(f"{TABLES}{table}.jsonl") as lines:
            for line in lines:
                batch.append(line.decode())
                held += len(line)
                if held >= size:
                    yield batch
                    batch, held = [], 0
        if batch:
            yield batch

    def _names(self, folder: str) -> list[str]:
        return [name.removeprefix(folder) for name in self.manifest.entries if name.startswith(folder)]


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    if MANIFEST not in archive.namelist() or archive.getinfo(MANIFEST).file_size > MANIFEST_BYTES:
        raise ArchiveRefused("This ZIP archive is not the export of a tenant: it has no manifest.json of one.")
    try:
        head = json.loads(archive.read(MANIFEST))
        if head["format"] != FORMAT:
            raise ArchiveRefused("This ZIP archive is not the export of a tenant.")
        if head["version"] != VERSION:
            raise ArchiveRefused(f"The archive has version {head['version']}, and this service reads {VERSION}.")
        return Manifest(
            name=str(head["tenant"]["name"]),
            quotas=_quotas(head["tenant"]["quotas"]),
            space=_space(head["space"]),
            counts={str(what): int(count) for what, count in head["counts"].items()},
            entries=_entries(head["entries"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArchiveRefused(f"The manifest.json of this archive is damaged ({error!r}).") from error


def _quotas(given: Mapping[str, Any]) -> Quotas:
    quotas = Quotas(**given)
    if not all(value is None or (type(value) is int and value >= 0) for value in vars(quotas).values()):
        raise ValueError("a quota is no number")
    return quotas


def _space(given: Any) -> Space | None:
    if given is None:
        return None
    name, dimension = given
    return Space(str(name), int(dimension))


def _entries(given: Mapping[str, str]) -> dict[str, str]:
    for name in given:
        folder, _, rest = name.partition("/")
        if folder in ("documents", "originals"):
            UUID(rest)
        elif folder != "tables":
            raise ValueError(f"{name} is no entry of an archive")
    return dict(given)


def _verify(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    names = archive.namelist()
    if sorted(names) != sorted([MANIFEST, *manifest.entries]):
        raise ArchiveRefused("The archive has other entries than its manifest.json names. Export the tenant again.")
    for name, expected in manifest.entries.items():
        digest = sha256()
        with archive.open(name) as entry:
            while part := entry.read(READ_BYTES):
                digest.update(part)
        if digest.hexdigest() != expected:
            raise ArchiveRefused(f"{name} of the archive is damaged: its checksum differs. Export the tenant again.")
