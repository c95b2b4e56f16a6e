"""The yardstick: a FastAPI application with one JSON route, in the shape in which `mystack.serve` finds a layer."""
