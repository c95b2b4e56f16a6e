"""`tags`: a chain of commits in which vN.0 holds layers 1..N and the files they need. It is built from HEAD with git's
plumbing and a temporary index; work tree, index and branch are not touched.

vN.0 leaves out the folders of later layers, their `docs/layerM/` and `docs/steps/layerM.md`, the files that their
`layer.toml` lists under `[owns]`, and in text files at the root the blocks between the lines `# layerM:begin` and
`# layerM:end` (or `<!-- layerM:begin -->`). The marks themselves are left out of every tag.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from mystack.layers.repository import LOCK, Layer, covers, git, lock_text, number_of, parse_lock, read_layers
from mystack.project import Refusal

MARK = re.compile(r"\s*(?:#|<!--)\s*layer(\d+):(begin|end)\s*(?:-->)?\s*$")


def build(root: Path) -> Iterator[tuple[str, str]]:
    """Make or move the tags; the same HEAD gives the same commits. Yields each tag and its commit id."""
    listing = [line.split("\t", 1) for line in git(root, "ls-tree", "-r", "-z", "HEAD").split("\0") if line]
    entries = {path: (meta.split()[0], meta.split()[2]) for meta, path in listing}
    signed = dict(
        zip(("NAME", "EMAIL", "DATE"), git(root, "log", "-1", "--format=%an%n%ae%n%aI").splitlines(), strict=True)
    )
    env = {f"GIT_{who}_{key}": value for who in ("AUTHOR", "COMMITTER") for key, value in signed.items()}
    layers, parent = read_layers(entries, lambda path: git(root, "show", f"HEAD:{path}")), list[str]()
    for layer in layers:
        tree, message = _tree(root, entries, layer, layers), f"Layer {layer.number}: {layer.sentence}\n"
        commit = git(root, "commit-tree", tree, *parent, sent=message, env=env).strip()
        git(root, "tag", "--force", f"v{layer.number}.0", commit)
        parent = ["-p", commit]
        yield f"v{layer.number}.0", commit


def marked(paths: Iterable[str]) -> list[str]:
    """The files that may have marked blocks: those at the root."""
    return [path for path in paths if "/" not in path and path != LOCK]


def strip(path: str, text: str, number: int) -> str:
    """The text without marks and without the blocks of layers after `number`. Refuses a mark without partner."""
    kept, inside = [], ""
    for line in text.splitlines(keepends=True):
        mark = MARK.match(line)
        if mark and inside != ("" if mark[2] == "begin" else mark[1]):
            raise Refusal(f"{path}: the mark {line.strip()!r} has no partner: a block has two ends and is never nested")
        if mark:
            inside = mark[1] if mark[2] == "begin" else ""
        elif int(inside or 0) <= number:
            kept.append(line)
    if inside:
        raise Refusal(f"{path}: the block of layer {inside} has no `layer{inside}:end`: add it")
    return "".join(kept)


def _tree(root: Path, entries: dict[str, tuple[str, str]], layer: Layer, layers: list[Layer]) -> str:
    """Write the tree of one tag; returns its id."""
    lines, later = [], [file for each in layers if each.number > layer.number for file in each.owns.get("paths", [])]
    for path, (mode, blob) in entries.items():
        guide = re.match(r"docs/(?:steps/)?layer(\d+)\b", path)
        if int(guide[1] if guide else number_of(path)) > layer.number or any(covers(file, path) for file in later):
            continue
        if "/" not in path:
            blob = _cut(root, path, blob, layer.number)
        lines.append(f"{mode} {blob}\t{path}\0")
    with TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": f"{folder}/index"}
        git(root, "update-index", "-z", "--index-info", sent="".join(lines), env=index)
        return git(root, "write-tree", env=index).strip()


def _cut(root: Path, path: str, blob: str, number: int) -> str:
    """Write a root file, or the lock, without the later layers; returns its blob id."""
    text = git(root, "cat-file", "blob", blob)
    kept = (
        {folder: files for folder, files in parse_lock(text).items() if number_of(folder) <= number}
        if path == LOCK
        else {}
    )
    return git(
        root, "hash-object", "-w", "--stdin", sent=lock_text(kept) if path == LOCK else strip(path, text, number)
    ).strip()
