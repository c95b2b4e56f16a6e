"""`python -m benchmarks.crowd`."""

from mystack.__main__ import main

if __name__ == "__main__":
    main("benchmarks.crowd.app", "python -m benchmarks.crowd")
