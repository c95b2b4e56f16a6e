"""`python -m benchmarks.peers`."""

from mystack.__main__ import main

if __name__ == "__main__":
    main("benchmarks.peers.app", "python -m benchmarks.peers")
