"""Search in layer 3 at up to 100,000 chunks: recall, latency and index size, next to the bare SQL and to Qdrant."""
