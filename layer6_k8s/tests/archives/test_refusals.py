"""What is not imported, and leaves nothing behind."""

import io
import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import httpx2
import pytest

from tests.archives.moving import ended, exported, imported
from tests.tenants.operating import Operator, bearer

Change = Callable[[dict[str, bytes]], None]


def changed(archive: bytes, change: Change, *, mended: bool = False) -> bytes:
    """The archive with other entries; `mended`: their checksums are right."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        content = {name: opened.read(name) for name in opened.namelist()}
    change(content)
    if mended:
        head = json.loads(content["manifest.json"])
        head["entries"] = {n: sha256(c).hexdigest() for n, c in content.items() if n != "manifest.json"}
        content["manifest.json"] = json.dumps(head).encode()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as written:
        for name, data in content.items():
            written.writestr(name, data)
    return file.getvalue()


def head(**values: Any) -> Change:
    def change(content: dict[str, bytes]) -> None:
        content["manifest.json"] = json.dumps(json.loads(content["manifest.json"]) | values).encode()

    return change


def first(content: dict[str, bytes], folder: str) -> str:
    return next(name for name in content if name.startswith(folder))


def cut_document(content: dict[str, bytes]) -> None:
    name = first(content, "documents/")
    content[name] = content[name][:-4]


def drop_original(content: dict[str, bytes]) -> None:
    del content[first(content, "originals/")]


def add_entry(content: dict[str, bytes]) -> None:
    content["tables/tenants.jsonl"] = b"{}\n"


def break_rows(content: dict[str, bytes]) -> None:
    content["tables/conversations.jsonl"] = b'{"id": "no id"}\n'


def add_column(content: dict[str, bytes]) -> None:
    content["tables/conversations.jsonl"] = b'{"mood": "good"}\n'


@pytest.fixture
async def archive(operator: Operator, made: dict[str, bytes]) -> bytes:
    """Of a tenant that is gone."""
    if operator.url not in made:
        made[operator.url] = await new_archive(operator)
    return made[operator.url]


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    """By the address of the service."""
    return {}


async def new_archive(operator: Operator) -> bytes:
    tenant_id = await operator.tenant("archived")
    key = await operator.key(tenant_id)
    file = {"file": ("a.txt", b"A text that is archived.")}
    assert (await operator.ask("POST", "/documents", key, files=file)).status_code == 201
    _, archive = await exported(operator, tenant_id)
    assert (await operator.ask("DELETE", f"/admin/tenants/{tenant_id}")).status_code == 204
    return archive


async def names(operator: Operator) -> list[str]:
    return [one["name"] for one in (await operator.ask("GET", "/admin/tenants")).json()["tenants"]]


@pytest.mark.parametrize(
    ("change", "mended", "reason"),
    [
        (cut_document, False, "is damaged: its checksum differs"),
        (drop_original, False, "other entries than its manifest.json names"),
        (add_entry, False, "other entries than its manifest.json names"),
        (head(format="something"), False, "is not the export of a tenant"),
        (head(version=2), False, "has version 2, and this service reads 1"),
        (
            head(tenant={"name": "x", "quotas": {"documents": "many"}}),
            False,
            "manifest.json of this archive is damaged",
        ),
        (head(entries=7), False, "manifest.json of this archive is damaged"),
        (lambda content: content.pop("manifest.json"), False, "it has no manifest.json"),
        (cut_document, True, "of the archive cannot be read"),
        (break_rows, True, "PostgreSQL rejects what the archive holds"),
        (add_column, True, "no column mood of conversations"),
        (add_entry, True, "no table tenants"),
    ],
)
async def test_a_damaged_or_foreign_archive_leaves_nothing_behind(
    operator: Operator, archive: bytes, change: Change, mended: bool, reason: str
) -> None:
    before = await names(operator)
    answer = await imported(operator, changed(archive, change, mended=mended), name="damaged")
    assert (answer.status_code, answer.json()["code"]) == (422, "archive_refused"), answer.text
    assert reason in answer.json()["detail"]
    assert await names(operator) == before


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and then nothing", b"no archive at all" * 1_000])
async def test_a_file_that_is_no_archive_is_refused(operator: Operator, data: bytes) -> None:
    answer = await imported(operator, data, name="no-archive")
    assert (answer.status_code, answer.json()["code"]) == (422, "archive_refused"), answer.text


async def test_an_import_never_adds_to_a_tenant_that_exists(operator: Operator, archive: bytes) -> None:
    tenant_id = await operator.tenant("taken")
    answer = await imported(operator, archive, name="taken")
    assert (answer.status_code, answer.json()["code"]) == (409, "tenant_exists")
    key = await operator.key(tenant_id)
    assert (await operator.ask("GET", "/documents", key)).json()["documents"] == []


async def test_an_archive_comes_after_its_job_and_goes_with_its_tenant(
    operator: Operator, http: httpx2.AsyncClient
) -> None:
    tenant_id, other = await operator.tenant("going"), await operator.tenant("staying")
    path, _ = await exported(operator, tenant_id)
    elsewhere = path.replace(tenant_id, other)
    assert (await operator.ask("GET", elsewhere)).json()["code"] == "job_not_found"
    key = await operator.key(tenant_id, "read", "write", "admin")
    for method, address in (("GET", path), ("POST", f"/admin/tenants/{tenant_id}/export")):
        refused = await http.request(method, operator.url + address, headers=bearer(key))
        assert refused.status_code == 403, "only the operator exports"
    job = (await operator.ask("POST", "/jobs/check-quality", key)).json()
    await ended(operator, tenant_id, job["id"])
    assert (await operator.ask("GET", path.rsplit("/", 1)[0] + f"/{job['id']}")).json()["code"] == "export_not_found"
    assert "tenant.export" in [entry["action"] for entry in await operator.audit(tenant_id)]
    await operator.ask("DELETE", f"/admin/tenants/{tenant_id}")
    assert (await operator.ask("GET", path)).json()["code"] == "tenant_not_found"
