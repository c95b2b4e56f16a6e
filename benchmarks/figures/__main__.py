"""`python -m benchmarks.figures`."""

from mystack.__main__ import main

if __name__ == "__main__":
    main("benchmarks.figures.app", "python -m benchmarks.figures")
