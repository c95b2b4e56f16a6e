"""Keeps the layers in step: `mystack layers status|diff|why|check|sync|tags`.

Each `layerN_*/` is a complete application: a copy of the one before, extended. A file is edited only in the layer
where it first appears; `sync` carries it to the later ones. A layer's `layer.toml` names it, and gives the reasons for
its differences from the one before:

    number = 2
    name = "rag"
    version = "2.0.0"
    parent = "layer1_basic_api"           # the folder of the layer before; left out in the first layer
    sentence = "Answers from your documents, with citations that the server has checked."

    [changed]                             # files that differ from the parent's, seams included
    "api/wiring.py" = "Two paragraphs: the stores, and RagChat in the place of ChatService."

    [removed]                             # files and folders of the parent that this layer removes
    "api/adapters/echo_chat.py" = "The extractive answerer took its place."

    [rewritten]                           # seams that lose or edit lines: rare, because seams only gain lines
    "api/config.py" = "LLM_TIMEOUT_SECONDS has a new default, as prompts grew."

    [[added]]                             # a group of new files, one group per idea
    files = ["api/services/retrieval/", "api/adapters/qdrant/", "tests/search/"]
    reason = "Hybrid search: dense and BM25, fused by reciprocal rank."

    [owns]                                # files outside of the layers that belong to this one
    paths = ["tests/migration/", "docs/decisions/0005-*.md"]

Paths are relative to the layer's folder (in `[owns]`: to the repository). A path that ends in a slash covers a folder,
and `*` in a glob crosses slashes. An exact path in `[[added]]` claims a file for this layer; a glob or a folder does
not claim a file that was once carried here. README.md, layer.toml and requirements.txt are each layer's own and never
compared. The reasons, and the content of `layers.lock`: docs/decisions/0002-layers-in-step.md.
"""

from mystack.layers.verbs import app

__all__ = ["app"]
