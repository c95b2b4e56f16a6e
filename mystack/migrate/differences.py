"""Which parts of a document differ between source and target, by the checksums that both layers compute."""

from collections.abc import Mapping
from typing import Any

Checksums = Mapping[str, Any]


def differences(source: Checksums, target: Checksums) -> list[str]:
    """One sentence per difference; a chunk's checksum covers its row, its dense vector and its term weights."""
    found = [] if source["record"] == target["record"] else ["the document's record or text differs"]
    ours, theirs = source["chunks"], target["chunks"]
    for id, checksum in ours.items():
        if id not in theirs:
            found.append(f"chunk {id} is missing in the target")
        elif theirs[id] != checksum:
            found.append(f"chunk {id} differs")
    found += [f"chunk {id} is missing in the source" for id in theirs if id not in ours]
    return found or (["the order of the chunks differs"] if source["document"] != target["document"] else [])
