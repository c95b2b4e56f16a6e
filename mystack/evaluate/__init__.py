"""`mystack eval`: retrieval, quotes, citations and refusals of a layer, measured over HTTP."""
