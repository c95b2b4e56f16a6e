"""The generated texts: `docs/steps/layerN.md`, and the block in each layer's README that summarizes its step."""

import os
import re
from collections import Counter
from difflib import unified_diff

from mystack.layers.repository import Layer, Repository, covers

BEGIN, END = "<!-- step:begin -->", "<!-- step:end -->"
BLOCK = re.compile(f"{BEGIN}\n.*?{END}", re.S)


def stale(repo: Repository, layer: Layer) -> dict[str, str]:
    """The generated files whose text is not current: path from the root, and the text they should have."""
    step, own = f"docs/steps/layer{layer.number}.md", f"{layer.folder}/README.md"
    whole = f"Every file and every changed line: {_link(own, step, f'step {layer.number}')}."
    block = "\n\n".join([BEGIN, _counts(repo, layer), *_story(repo, layer), whole, END])
    due = {step: page(repo, layer, step), own: BLOCK.sub(lambda _: block, readme(repo, layer))}
    return {path: text for path, text in due.items() if path not in repo.paths or repo.text(path) != text}


def readme(repo: Repository, layer: Layer) -> str:
    """The layer's README; "" before it is written."""
    path = f"{layer.folder}/README.md"
    return repo.text(path) if path in repo.paths else ""


def page(repo: Repository, layer: Layer, step: str) -> str:
    """The Markdown page of a layer's step; its links are relative to the path `step`."""
    manifest = _link(step, f"{layer.folder}/layer.toml", "layer.toml")
    marks = {path: fate.upper() for path, fate in repo.fates(layer).items() if fate != "carried"}
    tree = _tree(marks if layer.parent else dict.fromkeys(marks, ""))
    parts = [
        f"# Layer {layer.number}: {layer.sentence}",
        f"Written by `mystack layers sync`; the reasons are in {manifest}.",
        _counts(repo, layer),
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


def _counts(repo: Repository, layer: Layer) -> str:
    found = Counter(repo.fates(layer).values())
    counts = f"{found['new']} new files, {found['changed']} changed, {found['removed']} removed"
    summary = f"{counts}; {found['carried']} are carried byte for byte from `{layer.parent}`."
    return summary if layer.parent else f"The first layer: {found['new']} files."


def _story(repo: Repository, layer: Layer) -> list[str]:
    """The reasons without files, for the README."""
    return [f"**{title}**\n\n" + "\n".join(f"- {why}" for why in rows) for title, rows in _grouped(repo, layer) if rows]


def _reasons(repo: Repository, layer: Layer, page: str) -> list[str]:
    """The reasons, each with links to its files and folders, relative to `page`."""
    parts = []
    for title, rows in _grouped(repo, layer):
        folder = layer.parent if title == "Removed" else layer.folder
        lines = [
            f"- {why.rstrip('.')}: {', '.join(_linked(page, folder, name) for name in names)}"
            for why, names in rows.items()
        ]
        parts += [f"**{title}**", "\n".join(lines)] if lines else []
    return parts


def _grouped(repo: Repository, layer: Layer) -> list[tuple[str, dict[str, list[str]]]]:
    """For changed, removed and new files: each reason in the manifest's order, with the patterns declared for it."""
    fates = repo.fates(layer)
    declared = {
        "Changed": [(why, [path]) for path, why in layer.changed.items()],
        "Removed": [(why, [pattern]) for pattern, why in layer.removed.items()],
        "New": [(group["reason"], group["files"]) for group in layer.added],
    }
    grouped = []
    for title, entries in declared.items():
        paths = [path for path, fate in fates.items() if fate == title.lower()]
        rows: dict[str, list[str]] = {}
        for why, names in entries:
            found = [name for name in names if any(covers(name, path) for path in paths)]
            if found:
                rows.setdefault(why, []).extend(found)
        grouped.append((title, rows))
    return grouped


def _difference(repo: Repository, layer: Layer, path: str) -> str:
    """The whole difference of a changed file, in a fence longer than any in the text."""
    names = f"{layer.parent}/{path}", f"{layer.folder}/{path}"
    old, new = (repo.text(name).splitlines() for name in names)
    text = "\n".join(unified_diff(old, new, *names, lineterm=""))
    fence = "`" * max([3, *(len(ticks) + 1 for ticks in re.findall("`{3,}", text))])
    return f"## {path}\n\n{layer.reason(path)}\n\n{fence}diff\n{text}\n{fence}"


def _linked(page: str, folder: str, name: str) -> str:
    """A link to a file or folder; a glob has no page to link to."""
    return f"`{name}`" if "*" in name else _link(page, f"{folder}/{name}", f"`{name}`")


def _link(page: str, target: str, name: str) -> str:
    """A link from one file of the repository to another; both paths are relative to the root."""
    return f"[{name}]({os.path.relpath(target, os.path.dirname(page) or '.')})"
