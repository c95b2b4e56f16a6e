"""The page of every layer in a real browser; a package, so that its servers end before other tests begin."""
