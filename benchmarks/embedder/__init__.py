"""Embedding backends compared: throughput, latency of one question, and the retrieval quality that precision costs."""
