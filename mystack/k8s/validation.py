"""Strict validation: a field that no schema knows is an error, and so is a kind without a schema.

Kubernetes' own kinds are validated against the schemas of one of its versions (kubernetes-validate). For the custom
resources there are small schemas in `schemas/`, with the fields that this project sets and no others.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from mystack.k8s.manifests import TOOLS, Manifest, parsed, pods, title
from mystack.project import Refusal

VERSION = "1.37"
SCHEMAS = Path(__file__).parent / "schemas"


def invalid(manifests: Sequence[Manifest], version: str = VERSION) -> Iterator[str]:
    """A sentence for each manifest that its schema refuses, and for each that has none."""
    for manifest in manifests:
        if custom := own_schemas().get(f"{manifest.get('apiVersion')}/{manifest.get('kind')}"):
            yield from _breaches(manifest, custom)
            yield from _invalid_pods(manifest, version)
        else:
            yield from _invalid_builtin(manifest, version, title(manifest))


def _invalid_builtin(manifest: Manifest, version: str, name: str) -> Iterator[str]:
    try:
        import kubernetes_validate as kubernetes
    except ImportError:
        raise Refusal(f"there is no kubernetes-validate: {TOOLS}") from None
    try:
        kubernetes.validate(manifest, version, strict=True)
    except kubernetes.ValidationError as error:
        yield f"{name}: {_where(error)}: {error.message}"
    except kubernetes.SchemaNotFoundError:
        yield f"{name}: neither Kubernetes {version} nor mystack/k8s/schemas has a schema of {manifest['apiVersion']}"


def _invalid_pods(manifest: Manifest, version: str) -> Iterator[str]:
    """The pods inside of a custom resource are Kubernetes' own."""
    for pod in pods([manifest]):
        if pod.spec:
            whole = {"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": pod.labels}, "spec": pod.spec}
            yield from _invalid_builtin(whole, version, pod.owner)


def _breaches(manifest: Manifest, schema: dict[str, Any]) -> Iterator[str]:
    import jsonschema  # comes with kubernetes-validate

    for error in jsonschema.Draft202012Validator(schema).iter_errors(manifest):
        yield f"{title(manifest)}: {_where(error)}: {error.message}"


def _where(error: Any) -> str:
    return ".".join(str(part) for part in error.absolute_path) or "the object"


@cache
def own_schemas() -> dict[str, dict[str, Any]]:
    """The schemas of custom resources by `apiVersion/Kind`."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(SCHEMAS.glob("*.yaml")):
        for document in parsed(file.read_text()):
            found[document["for"]] = _whole(document)
    return found


def _whole(document: dict[str, Any]) -> dict[str, Any]:
    """The schema of an object whose `spec` is described; definitions are shared within a document."""
    properties = {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object"},
        "spec": document["spec"],
    }
    schema = {"type": "object", "required": ["metadata", "spec"], "properties": properties}
    closed_schema: dict[str, Any] = closed(schema) | {"$defs": closed(document.get("$defs", {}))}
    return closed_schema


def closed(schema: Any) -> Any:
    """The schema in which an object with `properties` has no others."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(part) for name, part in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        inner.setdefault("additionalProperties", False)
    return inner
