"""`mystack fit`: the rules that decide whether the evidence answers a question, fitted for an embedding model."""
