"""`mystack eval`: how well a layer finds, quotes, cites and refuses, measured over HTTP."""
