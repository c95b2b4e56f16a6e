"""What the jobs of upkeep are called."""

REFRESH = "refresh embeddings"
QUALITY = "data quality"
