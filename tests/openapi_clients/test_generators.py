"""Clients that are generated from /openapi.json, without a warning, and work."""

import json
import shutil
from pathlib import Path

from tests.openapi_clients.conftest import HARBOUR, Service
from tests.openapi_clients.environments import TOOLS, node_tools, on_request, patient, python_environment, run

pytestmark = [on_request, patient]


def test_typescript_types_are_strict_and_leave_out_what_has_a_default(service: Service, tmp_path: Path) -> None:
    tools = node_tools()
    made = run([str(tools / "openapi-typescript"), str(service.saved(tmp_path)), "-o", str(tmp_path / "api.ts")])
    assert "warn" not in (made.stdout + made.stderr).lower()
    (tmp_path / "usage.ts").write_text((TOOLS / "usage.ts").read_text())
    run([str(tools / "tsc"), "--strict", "--noEmit", "--target", "es2022", str(tmp_path / "usage.ts")])


def test_the_python_client_asks_searches_and_reads_streams(service: Service, tmp_path: Path) -> None:
    programs = python_environment("python_client")
    options = ["--path", str(service.saved(tmp_path)), "--output-path", str(tmp_path / "made")]
    made = run([str(programs / "openapi-python-client"), "generate", *options], path=programs)
    assert "warning" not in (made.stdout + made.stderr).lower()
    script = Path(shutil.copy(TOOLS / "use_client.py", tmp_path / "made"))
    command = [str(programs / "python"), "-W", "error", str(script), service.url, service.ids["document_id"]]
    result = json.loads(run(command).stdout)
    assert result["quotes"] == [HARBOUR]
    assert "event: done" in result["stream"]
    assert result["hits"][0] == result["text"] == HARBOUR
    assert {"harbour.txt", "mill.txt"} <= set(result["documents"])
    assert (result["status"], result["embeddings"], result["problem"]) == ("ok", 1, "invalid_request")


def test_fastmcp_makes_tools_of_the_document_and_uses_ours(service: Service, tmp_path: Path) -> None:
    programs = python_environment("fastmcp")
    done = run([str(programs / "python"), str(TOOLS / "use_fastmcp.py"), service.url], cwd=tmp_path)
    assert "error" not in done.stderr.lower()
    assert "warning" not in done.stderr.lower()
    result = json.loads(done.stdout)
    assert {"chat", "search", "list_documents"} <= set(result["tools"])
    assert "opens at eight" in result["answer"]
    assert [hit["text"] for hit in result["hits"]] == [HARBOUR]
    assert result["own"] == ["search", "fetch", "ask", "list_documents"]
    assert "opens at eight" in result["asked"]
    assert HARBOUR in (result["fetched"], result["read"])
    assert result["failed"] is True
