"""A real language model; a package, so that its servers end before other tests begin."""
