"""`mystack tenants export` and `import`."""

from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from typer.testing import CliRunner, Result

from mystack.cli import app
from tests.tenants.operating import ADMIN_KEY, bearer


@pytest.fixture
def run(administered: str) -> Callable[..., Result]:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["tenants", *arguments, "--url", administered, "--admin-key", ADMIN_KEY])

    return run


def test_a_tenant_is_exported_deleted_and_imported_under_another_name(
    run: Callable[..., Result], administered: str, tmp_path: Path
) -> None:
    archive = tmp_path / "cli.zip"
    run("add", "cli", "--documents", "10")
    key = run("keys", "add", "cli").stdout.strip()
    files = {"file": ("ferry.txt", b"The ferry to Lindholm leaves at seven.")}
    assert httpx2.post(f"{administered}/documents", headers=bearer(key), files=files).status_code == 201
    assert run("suspend", "cli").exit_code == 0

    exported = run("export", "cli", "--to", str(archive))

    assert exported.exit_code == 0, exported.output
    assert exported.stdout == f"{archive}: {archive.stat().st_size:,} bytes\n"
    assert run("export", "cli", "--to", str(archive)).exit_code == 2, "a file is never overwritten"
    run("delete", "cli", "--yes")
    imported = run("import", str(archive), "--name", "cli-2")
    assert imported.exit_code == 0, imported.output
    assert imported.stdout == "cli-2: 1 documents, 1 chunks, 1 files\n"
    assert "cli-2: 10 documents\n" in run("list").stdout
    key = run("keys", "add", "cli-2").stdout.strip()
    listed = httpx2.get(f"{administered}/documents", headers=bearer(key)).json()["documents"]
    assert [document["filename"] for document in listed] == ["ferry.txt"]
    again = run("import", str(archive), "--name", "cli-2")
    assert (again.exit_code, "tenant_exists" in again.stderr) == (2, True), again.output
