"""This service and the stacks that people assemble instead, on the same work: quality, latency and throughput.

The modules named after a peer run in that peer's own environment, and so does `worker`: they import no other module
of this repository.
"""
