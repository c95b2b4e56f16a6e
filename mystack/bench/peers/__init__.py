"""`mystack bench-peers`: this service beside what people would pick instead, on the same work.

The modules named after a peer run in that peer's own environment, as `worker` does: they import nothing else of ours.
"""
