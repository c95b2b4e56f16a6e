"""Studies: single parts compared with their alternatives, and the service with other systems.

They are not installed with `mystack`. Run them from the root of a clone: `make bench-embedder`, `make bench-scale`,
`make bench-peers`, or `python -m benchmarks.embedder`, …
"""
