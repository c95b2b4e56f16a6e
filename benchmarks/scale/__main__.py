"""`python -m benchmarks.scale`."""

from mystack.__main__ import main

if __name__ == "__main__":
    main("benchmarks.scale.app", "python -m benchmarks.scale")
