"""Every example in /docs works, and every response matches its documentation."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import jsonschema_rs
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from mystack.server import Server
from tests.cli.processes import until
from tests.uploading import ready

FILE = b"The harbour office opens at eight and closes at four.\n"
FORM = "multipart/form-data"
LAST = ("delete",)


@dataclass(frozen=True)
class Operation:
    """An operation of the OpenAPI document."""

    method: str
    path: str
    says: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def bodies(self) -> Iterator[dict[str, Any]]:
        """The body of each example request."""
        if "requestBody" not in self.says:
            yield {}
        for kind, media in self.says.get("requestBody", {}).get("content", {}).items():
            named = media.get("examples") or {"": {"value": media.get("example")}}
            for example in named.values():
                yield form(example["value"]) if kind == FORM else {"json": example["value"]}


def form(example: dict[str, Any]) -> dict[str, Any]:
    """The body of a form with one file, or with several in the field `files`."""
    fields = {name: value for name, value in example.items() if name not in ("file", "files")}
    named = [("file", example["file"])] if "file" in example else [("files", name) for name in example["files"]]
    return {"files": [(field, (name, FILE)) for field, name in named], "data": fields}


@pytest.fixture
def document(server: Server) -> dict[str, Any]:
    return dict(httpx2.get(f"{server.url}/openapi.json").json())


def operations(document: dict[str, Any]) -> list[Operation]:
    """Every operation; deletions come last."""
    found = [Operation(method, path, says) for path, it in document["paths"].items() for method, says in it.items()]
    return sorted(found, key=lambda operation: operation.method in LAST)


def open_to_all(document: dict[str, Any]) -> list[Operation]:
    """The operations that need no key of their own, which the server of these tests does not have."""
    return [operation for operation in operations(document) if "security" not in operation.says]


def test_the_document_is_openapi_3_1_and_says_where_the_service_is(server: Server, document: dict[str, Any]) -> None:
    OPENAPI_31_VALIDATOR.validate(document)
    assert document["servers"] == [{"url": server.url}]


def test_every_operation_is_named_once_and_described(document: dict[str, Any]) -> None:
    found = operations(document)
    ids = [operation.says["operationId"] for operation in found]
    assert len(set(ids)) == len(ids)
    assert all(name.isidentifier() and len(name) < 30 for name in ids), ids
    for operation in found:
        assert operation.says["summary"], operation
        assert operation.says["description"].endswith((".", "`")), operation
    assert {tag for operation in found for tag in operation.says["tags"]} == {tag["name"] for tag in document["tags"]}


def test_every_example_of_a_request_is_answered_as_documented(server: Server, document: dict[str, Any]) -> None:
    with httpx2.Client(base_url=server.url, timeout=60) as client:
        ids = at_hand(client, document)
        for operation in open_to_all(with_ids(document, ids)):
            for body in operation.bodies():
                answer = client.request(operation.method, operation.path.format(**ids), **body)
                assert answer.is_success, (str(operation), body, answer.text)
                check(document, operation, answer)


def with_ids(document: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    """The document, with ids of what exists in the place of those of its examples."""
    text = json.dumps(document)
    for operation in open_to_all(document):
        for parameter in operation.says.get("parameters", []):
            if parameter["in"] == "path":
                text = text.replace(parameter["schema"]["examples"][0], ids[parameter["name"]])
    return dict(json.loads(text))


def at_hand(client: httpx2.Client, document: dict[str, Any]) -> dict[str, str]:
    """What paths need: the ids of a document and of a conversation, the name of a model, and what later layers have."""
    uploaded = client.post("/documents/upload", files={"file": ("harbour.txt", FILE)})
    stored = ready(client, uploaded) if uploaded.is_success else {}
    answers = [client.post("/chat", json={"message": "When does the harbour office open?"}).json() for _ in range(2)]
    ids = {"document_id": stored.get("id", ""), "conversation_id": answers[0].get("conversation_id", "")}
    ids["message_id"] = answers[1].get("message_id", "")  # of another conversation, which nothing deletes
    return ids | {"model": "extractive"} | jobs_at_hand(client) | experiments_at_hand(client, document)


def jobs_at_hand(client: httpx2.Client, file: bytes = FILE) -> dict[str, str]:
    """From layer 4 on: the ids of a job that has failed, of a batch with this file, and of a source."""
    refused = client.post("/jobs/process-document", json={"url": "http://127.0.0.1:1/page"})
    if not refused.is_success:
        return {}
    job = f"/jobs/{refused.json()['id']}"
    until(lambda: client.get(job).json()["state"] == "failed", 60, "the job has failed")
    batch = client.post("/documents/batch-upload", files={"files": ("batch.txt", file)}).json()
    source = client.post("/sources", json={"kind": "url", "url": "http://127.0.0.1:1/page"}).json()
    return {"job_id": refused.json()["id"], "batch_id": batch["batch_id"], "source_id": source["id"]}


def experiments_at_hand(client: httpx2.Client, document: dict[str, Any]) -> dict[str, str]:
    """From layer 5 on: the ids of a recorded run and of an A/B test that was stopped, both as their examples say."""
    examples = {str(operation): body for operation in operations(document) for body in operation.bodies()}
    if "post /models/ab-test" not in examples:
        return {}
    run = client.post("/experiments/eval/runs", **examples["post /experiments/{experiment}/runs"]).json()
    test = client.post("/models/ab-test", **examples["post /models/ab-test"]).json()
    client.patch(f"/models/ab-test/{test['id']}", **examples["patch /models/ab-test/{test_id}"])
    return {"experiment": "eval", "run_id": run["id"], "test_id": test["id"]}


def check(document: dict[str, Any], operation: Operation, answer: httpx2.Response) -> None:
    """The response has a status and a schema that the document names."""
    described = operation.says["responses"][str(answer.status_code)].get("content", {})
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if not answer.content:
        return
    assert described.keys() & {kind, "*/*"}, (str(operation), kind)
    if kind == "application/json":
        validator(document, described[kind]["schema"]).validate(answer.json())


def test_every_example_of_an_answer_has_the_shape_that_it_stands_for(document: dict[str, Any]) -> None:
    for operation in operations(document):
        for described in operation.says["responses"].values():
            for kind, media in described.get("content", {}).items():
                for example in [media["example"]] if "example" in media and kind.endswith("json") else []:
                    validator(document, media["schema"]).validate(example)
    for schema in document["components"]["schemas"].values():
        for example in schema.get("examples", []):
            validator(document, schema).validate(example)


def validator(document: dict[str, Any], schema: dict[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """A validator for a schema of the document, which resolves its references."""
    return jsonschema_rs.Draft202012Validator(schema | {"components": document["components"]}, validate_formats=True)


def test_importers_see_a_file_where_one_is_uploaded(document: dict[str, Any]) -> None:
    for operation in operations(document):
        for kind, media in operation.says.get("requestBody", {}).get("content", {}).items():
            if kind == FORM:
                name = media["schema"]["$ref"].rpartition("/")[2]
                fields = document["components"]["schemas"][name]["properties"]
                file = fields["file"] if "file" in fields else fields["files"]["items"]
                assert (file["type"], file["format"]) == ("string", "binary")


def test_importers_see_how_a_key_is_sent(document: dict[str, Any]) -> None:
    assert document["components"]["securitySchemes"]["api_key"]["scheme"] == "bearer"
    assert document["security"][0] == {"api_key": []}
