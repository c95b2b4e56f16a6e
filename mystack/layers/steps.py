"""What is generated: `docs/steps/layerN.md`, and the block in each layer's README that tells its step."""

import os
import re
from collections import Counter, defaultdict
from difflib import unified_diff

from mystack.layers.repository import Layer, Repository

BEGIN, END = "<!-- step:begin -->", "<!-- step:end -->"
BLOCK = re.compile(f"{BEGIN}\n.*?{END}", re.S)


def stale(repo: Repository, layer: Layer) -> dict[str, str]:
    """Path, from the root, and due text of each generated file that does not hold its text."""
    step, own = f"docs/steps/layer{layer.number}.md", f"{layer.folder}/README.md"
    whole = f"Every file and every changed line: {_link(own, step, f'step {layer.number}')}."
    block = "\n\n".join([BEGIN, *_reasons(repo, layer, own), whole, END])
    due = {step: page(repo, layer, step), own: BLOCK.sub(lambda _: block, readme(repo, layer))}
    return {path: text for path, text in due.items() if path not in repo.paths or repo.text(path) != text}


def readme(repo: Repository, layer: Layer) -> str:
    """The layer's README; "" before it is written."""
    path = f"{layer.folder}/README.md"
    return repo.text(path) if path in repo.paths else ""


def page(repo: Repository, layer: Layer, step: str) -> str:
    """The Markdown page of a layer's step, with links as from the path `step`."""
    manifest = _link(step, f"{layer.folder}/layer.toml", "layer.toml")
    marks = {path: fate.upper() for path, fate in repo.fates(layer).items() if fate != "carried"}
    tree = _tree(marks if layer.parent else dict.fromkeys(marks, ""))
    parts = [
        f"# Layer {layer.number}: {layer.sentence}",
        f"Written by `mystack layers sync`; the reasons stand in {manifest}.",
        f"```text\n{layer.folder}/\n{tree}\n```",
        *_reasons(repo, layer, step),
        *(_difference(repo, layer, path) for path in repo.those(layer, "changed")),
    ]
    return "\n\n".join(parts) + "\n"


def _tree(marks: dict[str, str]) -> str:
    """The paths as an indented tree, each file with its mark."""
    lines, shown = [], set[str]()
    for path, mark in sorted(marks.items(), key=lambda item: item[0].split("/")):
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            line = "  " * depth + parts[depth - 1] + "/"
            if depth == len(parts):
                lines.append(f"{line[:-1]:48}{mark}".rstrip())
            elif (folder := "/".join(parts[:depth])) not in shown:
                shown.add(folder)
                lines.append(line)
    return "\n".join(lines)


def _reasons(repo: Repository, layer: Layer, page: str) -> list[str]:
    """A summary, then the changed, removed and new files with their reasons, and links as from `page`."""
    fates = repo.fates(layer)
    found = Counter(fates.values())
    counts = f"{found['new']} new files, {found['changed']} changed, {found['removed']} removed"
    summary = f"{counts}; {found['carried']} are carried byte for byte from `{layer.parent}`."
    parts = [summary if layer.parent else f"The first layer: {found['new']} files."]
    for title in ("changed", "removed", "new"):
        folder, links = layer.parent if title == "removed" else layer.folder, defaultdict[str, list[str]](list)
        for path in (path for path, fate in fates.items() if fate == title):
            links[layer.reason(path)].append(_link(page, f"{folder}/{path}", f"`{path}`"))
        rows = [f"- {why.rstrip('.')}: {', '.join(links[why])}" for why in dict.fromkeys(layer.reasons) if why in links]
        parts += [f"**{title.capitalize()}**", "\n".join(rows)] if rows else []
    return parts


def _difference(repo: Repository, layer: Layer, path: str) -> str:
    """A changed file's whole difference, in a fence that is longer than any in the text."""
    names = f"{layer.parent}/{path}", f"{layer.folder}/{path}"
    old, new = (repo.text(name).splitlines() for name in names)
    text = "\n".join(unified_diff(old, new, *names, lineterm=""))
    fence = "`" * max([3, *(len(ticks) + 1 for ticks in re.findall("`{3,}", text))])
    return f"## {path}\n\n{layer.reason(path)}\n\n{fence}diff\n{text}\n{fence}"


def _link(page: str, target: str, name: str) -> str:
    """A link from one file of the repository to another; both paths are relative to the root."""
    return f"[{name}]({os.path.relpath(target, os.path.dirname(page) or '.')})"
