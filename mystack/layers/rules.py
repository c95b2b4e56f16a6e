"""`check`: the rules that keep the layers in step; each breach is one sentence that says how to fix it."""

import re
from collections.abc import Iterator

from mystack.layers import steps, tags
from mystack.layers.repository import COMPOSITION, SEAMS, Layer, Repository, covers, holds_lines

MAX_CHANGED = 2
"""Files under api/ that a layer may change, besides the seams."""
SYNC = "run `mystack layers sync`"


def check(repo: Repository) -> list[str]:
    """All breaches, layer by layer; empty if the layers are in step."""
    for path in tags.marked(repo.paths):
        tags.strip(path, repo.text(path), 0)  # refuses a block without an end
    return [problem for layer in repo.layers for problem in breaches(repo, layer)]


def breaches(repo: Repository, layer: Layer) -> Iterator[str]:
    """The breaches of one layer."""
    if layer.parent:
        yield from _declared(repo, layer)
        yield from _locked(repo, layer)
    yield from _added(repo, layer)
    yield from _stated(repo, layer)
    yield from (f"{path} is stale: {SYNC}." for path in steps.stale(repo, layer))


def conflicted(text: str) -> bool:
    """True when a merge left its markers in the text."""
    return bool(re.search(r"^<{7} .*^>{7} ", text, re.M | re.S))


def undeclared_change(repo: Repository, layer: Layer, path: str) -> str:
    """The sentence for a copy that differs from its origin without a declared reason."""
    copy, origin = f"{layer.folder}/{path}", repo.origin(layer, path)
    if not repo.edited(layer, path):
        return f"{copy} is behind its origin {origin}: {SYNC}."
    fix = f"make the edit there, delete the copy and {SYNC}, which writes it again"
    return f"{copy} was edited in the copy; its origin is {origin}: {fix}. Or {_say_why(layer, 'changed')}."


def _say_why(layer: Layer, key: str) -> str:
    return f"say why under [{key}] in {layer.folder}/layer.toml"


def _declared(repo: Repository, layer: Layer) -> Iterator[str]:
    """Changed, removed and rewritten files: every one is declared, and every declaration is true."""
    changed = set(repo.those(layer, "changed"))
    rewritten = {path for path in SEAMS & changed if _loses_lines(repo, layer, path)}
    for key, declared, actual in (("changed", layer.changed, changed), ("rewritten", layer.rewritten, rewritten)):
        for path in sorted(declared.keys() - actual):
            yield f"{layer.folder}/layer.toml declares {path} {key}, but it is not: delete the line."
    yield from (undeclared_change(repo, layer, path) for path in sorted(changed - layer.changed.keys()))
    yield from _removed(repo, layer)
    for path in sorted(rewritten - layer.rewritten.keys()):
        fix = f"insert lines only, or {_say_why(layer, 'rewritten')}"
        yield f"{layer.folder}/{path} is a seam and loses lines of {layer.parent}'s: {fix}."
    beyond = sorted(path for path in changed - SEAMS if path.startswith("api/") and not path.startswith(COMPOSITION))
    if len(beyond) > MAX_CHANGED:
        found = f"{len(beyond)} files under api/ beside the seams ({', '.join(beyond)})"
        yield f"{layer.folder} changes {found}, and may change {MAX_CHANGED}: give the origin an extension point."


def _removed(repo: Repository, layer: Layer) -> Iterator[str]:
    """Every removed file is declared, and a file or folder that is declared removed is gone completely."""
    fates = repo.fates(layer)
    gone = [path for path, fate in fates.items() if fate == "removed"]
    kept = [path for path, fate in fates.items() if fate in ("carried", "changed")]
    for pattern in layer.removed:
        if not any(covers(pattern, path) for path in gone) or any(covers(pattern, path) for path in kept):
            yield f"{layer.folder}/layer.toml declares {pattern} removed, but it is not: delete the line."
    for path in gone:
        if not layer.removes(path):
            yield f"{layer.folder}/{path} is missing: {SYNC} to carry it, or {_say_why(layer, 'removed')}."


def _loses_lines(repo: Repository, layer: Layer, path: str) -> bool:
    return not holds_lines(repo.text(f"{layer.folder}/{path}"), repo.text(f"{layer.parent}/{path}"))


def _locked(repo: Repository, layer: Layer) -> Iterator[str]:
    """Every changed file was reconciled with the parent's current text."""
    locked = repo.lock.get(layer.folder, {})
    for path in (path for path in repo.those(layer, "changed") if path in layer.changed):
        if "merging" in locked.get(path, "") or conflicted(repo.text(f"{layer.folder}/{path}")):
            yield f"{layer.folder}/{path} waits for its merge: resolve the conflict markers, then {SYNC}."
        elif locked.get(path) != repo.files[layer.parent][path]:
            yield f"{layer.folder}/{path}: {layer.parent} has changed since the last reconciliation: {SYNC}."
    for path in sorted(locked.keys() - layer.changed.keys()):
        yield f"layers.lock still has {layer.folder}/{path}, which is no longer declared changed: {SYNC}."


def _added(repo: Repository, layer: Layer) -> Iterator[str]:
    """Every new file has a reason, and every pattern a new file; a copy whose origin is gone is not new."""
    new = repo.those(layer, "new")
    for path in (path for path in new if layer.parent and path not in layer.patterns):
        if repo.was_carried(layer, path):
            yield f"{layer.folder}/{path} was carried, and its origin is gone: {SYNC}, or name it in [[added]]."
        elif not layer.reason(path):
            yield f"{layer.folder}/{path} is new: add it with a reason to [[added]] in {layer.folder}/layer.toml."
    for pattern in layer.patterns:
        if not any(covers(pattern, path) for path in new):
            yield f"{layer.folder}/layer.toml declares {pattern} added, but no new file matches: delete it."


def _stated(repo: Repository, layer: Layer) -> Iterator[str]:
    """The manifest and the README are complete."""
    if not all(text.strip() for text in (layer.sentence, *layer.reasons)):
        yield f"{layer.folder}/layer.toml has an empty sentence or reason: write one."
    for pattern in layer.owns.get("paths", []):
        if not any(covers(pattern, path) for path in repo.paths):
            yield f"{layer.folder}/layer.toml owns {pattern}, but no file matches: delete it."
    if not steps.BLOCK.search(steps.readme(repo, layer)):
        yield f"{layer.folder}/README.md has no block for its step: add the lines {steps.BEGIN} and {steps.END}."
