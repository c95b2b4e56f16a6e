"""Every operation, as another tenant: it finds nothing, changes nothing, and cannot tell that there is anything."""

import re
from typing import Any

import httpx2

from tests.isolation.conftest import SECRETS, Both, Client, as_text, fill, filled, found_in

QUESTION = {"message": "When does the ferry leave?", "store": False}
METHODS = ("get", "post", "patch", "put", "delete")
MULTIPART = "multipart/form-data"
OWN = {"/jobs/retry", "/sources/sync", "/jobs/refresh-embeddings", "/jobs/check-quality", "/jobs/check-answers"}


async def test_no_operation_gives_or_changes_what_is_another_tenants(both: Both) -> None:
    alpha, beta = both.alpha, both.beta
    await fill(alpha, SECRETS[0])
    paths = [path.format(**alpha.ids) for path in _addressed(both, alpha)] + both.listings()
    before = await alpha.state(paths)
    tried, leaks, found = 0, [], []
    for path, operations in both.document["paths"].items():
        for method in [name for name in METHODS if name in operations]:
            if path.startswith("/admin"):
                continue
            async for response, sent in _attempts(beta, alpha.ids, method, path, operations[method]):
                tried += 1
                if told := found_in(response.text, alpha.ids, sent):
                    leaks.append((method, path, response.status_code, told))
                if _names_alphas(path, alpha) and response.status_code < 400:
                    found.append((method, path, response.status_code, response.text[:200]))
    assert tried > 60
    assert leaks == []
    assert found == []
    after = await alpha.state(paths)
    assert {path: after[path] for path in paths if after[path] != before[path]} == {}


async def test_nothing_that_another_tenant_has_is_seen_in_counts_or_answers(both: Both) -> None:
    alpha, beta = both.alpha, both.beta
    await beta.upload("The ferry to Lindholm leaves at seven.\nThe boat stays.", "ferry.txt")
    first = await _answers(beta)
    listed = await beta.state([path for path in both.listings() if path not in ("/metrics", "/limits", "/usage")])
    await fill(alpha, SECRETS[0])
    for number in range(5):
        await alpha.upload(
            f"The ferry number {number} to Lindholm leaves at {number}, says Grimsholm.", f"{number}.txt"
        )
    assert await _answers(beta) == first, "scores, quotes and refusals are the same, to the last digit"
    again = await beta.state(list(listed))
    assert {path: (listed[path], again[path]) for path in listed if listed[path] != again[path]} == {}


async def test_the_same_bytes_are_no_duplicate_of_another_tenants(both: Both) -> None:
    first = await both.alpha.upload("The same bytes.", "one.txt")
    second = await both.beta.upload("The same bytes.", "one.txt")
    assert (first["id"] != second["id"], second.get("duplicate", False)) == (True, False)
    assert (await both.beta.http.delete(f"/documents/{second['id']}")).status_code == 204
    assert (await both.alpha.get(f"/documents/{first['id']}"))["status"] == "ready"


async def test_a_tenant_that_is_named_in_a_header_is_not_believed(both: Both) -> None:
    await fill(both.alpha, SECRETS[0])
    headers = {"X-Tenant": both.alpha.ids["tenant_id"], "X-Tenant-ID": both.alpha.ids["tenant_id"]}
    response = await both.beta.http.get("/documents", headers=headers)
    assert response.json()["documents"] == []


async def test_a_cursor_of_another_tenant_leads_nowhere(both: Both) -> None:
    for number in range(3):
        await both.alpha.upload(f"Document {number} of Grimsholm.", f"{number}.txt")
    page = await both.alpha.get("/documents", limit=1)
    response = await both.beta.http.get("/documents", params={"limit": 1, "cursor": page["next_cursor"]})
    assert response.status_code == 422 or response.json()["documents"] == []


def _addressed(both: Both, client: Client) -> list[str]:
    """Paths of GETs that name something, all of whose parameters are known."""
    paths = both.document["paths"]
    return [
        path
        for path, operations in paths.items()
        if "get" in operations
        and _names_alphas(path, client)
        and not path.startswith("/admin")
        and "events" not in path
    ]


def _names_alphas(path: str, client: Client) -> bool:
    names = re.findall(r"{(\w+)}", path)
    return bool(names) and all(name in client.ids for name in names)


async def _attempts(beta: Client, ids: dict[str, str], method: str, path: str, operation: dict[str, Any]) -> Any:
    """The operation with the other tenant's ids in path, query and body; each attempt with what it has sent."""
    address = re.sub(r"{(\w+)}", lambda name: ids.get(name.group(1), "extractive"), path)
    query = {
        p["name"]: ids[p["name"]] for p in operation.get("parameters", []) if p["in"] == "query" and p["name"] in ids
    }
    content = operation.get("requestBody", {}).get("content", {})
    if MULTIPART in content:
        name = "files" if "batch" in path else "file"
        files, form = {name: ("x.txt", b"The ferry leaves.")}, {"replaces": ids["document_id"]}
        yield await beta.http.request(method, address, files=files, data=form), as_text(form)
        return
    for body in _bodies(content, ids) or [None]:
        response: httpx2.Response = await beta.http.request(method, address, params=query, json=body)
        yield response, as_text(address, query, body or {})


def _bodies(content: dict[str, Any], ids: dict[str, str]) -> list[Any]:
    media = content.get("application/json", {})
    examples = [example["value"] for example in media.get("examples", {}).values()]
    examples += [media["example"]] if "example" in media else []
    bodies = [filled(example, ids) for example in examples]
    questions = [body for body in bodies if isinstance(body, dict) and ("message" in body or "query" in body)]
    asked = [body | {"document_ids": [ids["document_id"]]} for body in questions]
    continued = [body | {"conversation_id": ids["conversation_id"]} for body in questions if "message" in body]
    return bodies + asked + continued


async def _answers(client: Client) -> list[str]:
    """The hits and the answer, without what differs from call to call."""
    hits = (await client.post("/search", {"query": "ferry to Lindholm", "top_k": 10}))["hits"]
    answer = await client.post("/chat", QUESTION)
    kept = {name: answer[name] for name in ("response", "sources", "grounded", "claims", "refusal", "usage")}
    return [as_text(hits), as_text(kept)]
