"""Requests that a schema-based fuzzer does not generate; every response matches the OpenAPI document."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx2
from schemathesis.schemas import APIOperation

DIGITS = b"9" * 5000
BODIES = {
    "an empty body": b"",
    "half an object": b'{"message": ',
    "bytes that are not UTF-8": b'{"message": "\xff\xfe", "query": "\xff", "input": "\xff", "title": "\xff"}',
    "UTF-16": '{"message": "x"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"message": "x", "query": "x"}',
    "NUL bytes": b"\x00" * 1000,
    "an escaped NUL": b'{"message": "\\u0000", "query": "\\u0000", "input": "\\u0000", "title": "\\u0000"}',
    "lone surrogates": b'{"message": "\\ud800", "query": "\\udfff", "input": "\\ud800", "title": "\\ud800"}',
    "keys with lone surrogates": b'{"\\ud800": 1, "message": "x", "query": "x", "filters": {"\\ud800": {}}}',
    "duplicate fields": b'{"message": 1, "message": "x", "query": 1, "query": "x", "input": 1, "input": "x"}',
    "NaN": b'{"message": "x", "temperature": NaN, "query": "x", "top_k": NaN, "filters": {"a": NaN}, "input": NaN}',
    "Infinity": b'{"message": "x", "temperature": Infinity, "query": "x", "top_k": -Infinity, "dimensions": Infinity}',
    "1e999": b'{"message": "x", "temperature": 1e999, "query": "x", "filters": {"a": 1e999}, "top_k": 1e999}',
    "a number of 5,000 digits": b'{"message": "x", "max_tokens": %s, "query": "x", "top_k": %s}' % (DIGITS, DIGITS),
    "a number of 4,000 digits": b'{"query": "x", "filters": {"a": %s}, "input": "x", "dimensions": %s}'
    % (DIGITS[:4000], DIGITS[:4000]),
    "100,000 nested lists": b"[" * 100_000 + b"]" * 100_000,
    "100,000 nested objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "500 nested lists in a field": b'{"message": "x", "query": "x", "filters": {"a": %s1%s}}'
    % (b"[" * 500, b"]" * 500),
    "a list": b"[1, 2, 3]",
    "a string": b'"text"',
    "null": b"null",
}
CONTENT_TYPES = ["text/plain", "application/xml", "multipart/form-data", "é", "", ";;;"]
FILE = b'--x\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%d is a number.\r\n'
FIELD = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
PARTS = {
    "no part": b"",
    "no end": b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\ntext',
    "no name": b'--x\r\nContent-Disposition: form-data; filename="a.txt"\r\n\r\ntext\r\n--x--\r\n',
    "no file name": b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\ntext\r\n--x--\r\n',
    "no headers": b"--x\r\n\r\ntext\r\n--x--\r\n",
    "a NUL in the file name": FILE % (b"a\x00.txt", 101) + b"--x--\r\n",
    "a name that is not UTF-8": FILE % (b"\xff.txt", 102) + b"--x--\r\n",
    "a name with line breaks": FILE % (b"a\r\nX-A: b.txt", 103) + b"--x--\r\n",
    "a name of 100 kB": FILE % (b"a" * 100_000, 104) + b"--x--\r\n",
    "a header of 1 MB": b"--x\r\nX-A: " + b"a" * 1_000_000 + b"\r\n\r\ntext\r\n--x--\r\n",
    "2,000 fields": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n' * 2_000 + b"--x--\r\n",
    "another boundary": b'--y\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nc\r\n--y--\r\n',
}
FIELDS = [
    (b"metadata", b'{"a": NaN}'),
    (b"metadata", b'{"a": 1e999}'),
    (b"metadata", b'{"\\ud800": "b"}'),
    (b"metadata", b'{"a": "\\u0000"}'),
    (b"metadata", b'{"a": %s}' % DIGITS),
    (b"metadata", b'{"a": %s}' % DIGITS[:4000]),
    (b"metadata", b"[" * 100_000),
    (b"metadata", b"\xff\xfe"),
    (b"metadata", b'{"a": 1, "a": {}}'),
    (b"replaces", b"\x00"),
    (b"replaces", b"9" * 5000),
]
VALUES = [
    "%00",
    "%ed%a0%80",
    "%ff",
    "9" * 5000,
    "-1",
    "NaN",
    "1e9",
    "",
    "%0d%0aX-A:%20b",
    "..%2f..%2fetc",
    "%F0%9F%92%A9",
]
CURSOR_VALUES: list[Any] = [
    [10**400, "x"],
    [10**17, "00000000-0000-0000-0000-000000000000"],
    [-(10**14), "00000000-0000-0000-0000-000000000000"],
    [0, "\x00"],
    [2**31],
    [-(2**63)],
    [True],
    [[0]],
    [],
    {},
    float("nan"),
]
CURSORS = [base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=") for value in CURSOR_VALUES]


def accepts(operation: APIOperation, media_type: str) -> bool:
    return any(body.media_type == media_type for body in operation.body)


def status_of(client: httpx2.Client, operation: APIOperation, path: str = "", **request: Any) -> int:
    """Send a request, fail unless the response is documented, and return its status."""
    response = client.request(operation.method.upper(), path or operation.path, **request)
    assert response.status_code < 500
    operation.validate_response(response)
    return response.status_code


def test_malformed_and_oversized_json(operations: list[APIOperation], client: httpx2.Client) -> None:
    with_json = [operation for operation in operations if accepts(operation, "application/json")]
    assert with_json
    for operation in with_json:
        path = re.sub(r"{\w+}", "00000000-0000-0000-0000-000000000000", operation.path)
        for body in BODIES.values():
            status_of(client, operation, path, content=body, headers={"Content-Type": "application/json"})
        for content_type in CONTENT_TYPES:
            headers = [(b"Content-Type", content_type.encode())]
            assert status_of(client, operation, path, content=b'{"message": "x"}', headers=headers) in (400, 422)


def test_malformed_forms(operations: list[APIOperation], client: httpx2.Client) -> None:
    for operation in operations:
        if accepts(operation, "multipart/form-data"):
            for form in [*PARTS.values(), *forms()]:
                headers = {"Content-Type": "multipart/form-data; boundary=x"}
                status_of(client, operation, content=form, headers=headers)
            for boundary in ("", "; boundary=", "; boundary=" + "x" * 10_000, "; boundary=\x7f"):
                headers = {"Content-Type": f"multipart/form-data{boundary}"}
                assert status_of(client, operation, content=PARTS["no end"], headers=headers) in (400, 422)


def forms() -> Iterator[bytes]:
    """Forms with a document and an invalid field, or with too many documents or fields."""
    for number, (name, value) in enumerate(FIELDS):
        yield FILE % (b"a.txt", number) + FIELD % (name, value) + b"--x--\r\n"
    yield FILE % (b"a.txt", 201) + FILE % (b"b.txt", 202) + b"--x--\r\n"
    yield FILE % (b"a.txt", 203) + (FIELD % (b"metadata", b"{}")) * 2 + b"--x--\r\n"


def test_invalid_query_parameters(operations: list[APIOperation], client: httpx2.Client) -> None:
    for operation in operations:
        names = [parameter.name for parameter in operation.query]
        path = operation.path
        for parameter in operation.path_parameters:
            path = path.replace(f"{{{parameter.name}}}", "00000000-0000-0000-0000-000000000000")
        for name in names:
            for value in [*VALUES, *(CURSORS if name == "cursor" else [])]:
                status_of(client, operation, f"{path}?{name}={value}")
            status_of(client, operation, f"{path}?{name}=1&{name}=2")


def test_invalid_ids(operations: list[APIOperation], client: httpx2.Client) -> None:
    for operation in operations:
        for parameter in operation.path_parameters:
            for value in ("%00", "%ed%a0%80", "9" * 5000, "null", "%F0%9F%92%A9", "' OR 1=1 --"):
                path = operation.path.replace(f"{{{parameter.name}}}", value)
                assert status_of(client, operation, path, json={"title": "x"}) in (404, 422)
