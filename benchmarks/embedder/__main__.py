"""`python -m benchmarks.embedder`."""

from mystack.__main__ import main

if __name__ == "__main__":
    main("benchmarks.embedder.app", "python -m benchmarks.embedder")
