"""Postman's importer and newman: each request of the collection that it makes of /openapi.json."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.openapi_clients.conftest import Service
from tests.openapi_clients.environments import node_tools, on_request, patient, run

pytestmark = [on_request, patient]

Statuses = dict[str, int]


def requests(items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        yield from requests(item["item"]) if "item" in item else [item]


def statuses(service: Service, resolution: str, folder: Path) -> Statuses:
    """The status of each request, in the order of the collection, except that deletions come last."""
    tools, collection, report = node_tools(), folder / "collection.json", folder / "report.json"
    options = f"parametersResolution={resolution}"
    made = run(
        [str(tools / "openapi2postmanv2"), "-s", str(service.saved(folder)), "-o", str(collection), "-O", options]
    )
    assert "warn" not in made.stderr.lower()
    content = json.loads(collection.read_text())
    content["item"] = sorted(requests(content["item"]), key=lambda item: item["request"]["method"] == "DELETE")
    content["variable"] = [{"key": "baseUrl", "value": service.url}]
    attach(content["item"], folder / "note.txt")
    collection.write_text(json.dumps(content))
    run([str(tools / "newman"), "run", str(collection), "-r", "json", "--reporter-json-export", str(report)])
    run_ = json.loads(report.read_text())["run"]
    assert run_["failures"] == []
    names = [name_of(item["request"]) for item in content["item"]]
    return {name: each["response"]["code"] for name, each in zip(names, run_["executions"], strict=True)}


def name_of(request: dict[str, Any]) -> str:
    """Such as `GET /jobs?batch_id=<uuid>`: of the query, what the user has to fill in."""
    wanting = [f"{each['key']}={each['value']}" for each in request["url"]["query"] if each["value"].startswith("<")]
    return f"{request['method']} /{'/'.join(request['url']['path'])}{'?' if wanting else ''}{'&'.join(wanting)}"


def attach(items: list[dict[str, Any]], note: Path) -> None:
    """Choose a file for each upload, as a user does in Postman."""
    note.write_text("The lighthouse has ninety steps.")
    for item in items:
        for field in item["request"].get("body", {}).get("formdata", []):
            if field["type"] == "file" or field["key"] == "files":  # the importer takes a list of files for a text
                field |= {"type": "file", "src": str(note)}


def test_every_request_made_of_the_examples_succeeds(service: Service, tmp_path: Path) -> None:
    service = service.with_own_document("The lighthouse keeper paints the door every spring.")
    failed = {name: code for name, code in statuses(service, "Example", tmp_path).items() if code >= 300}
    assert failed == {}


def test_requests_made_of_the_schemas_lack_only_what_is_to_be_filled_in(service: Service, tmp_path: Path) -> None:
    """Postman writes `<integer>` or `<uuid>` where the user has to fill in a value."""
    found = statuses(service, "Schema", tmp_path)
    wanting = {name: code for name, code in found.items() if code >= 300}
    assert set(wanting.values()) <= {400, 404, 422}
    assert [name for name in wanting if name.startswith("GET ") and not {":", "<"} & set(name)] == []
    assert found["POST /documents/upload"] in (200, 201)
