"""The command line of MyStack: starts, tests, measures and feeds the layers."""
