"""The HTTP layer, in the folder where `mystack.serve` expects it."""
