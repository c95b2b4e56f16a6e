"""Search among some thousands of chunks: what the index finds, what a filter leaves, and one round trip."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest

from api.adapters import postgres_search
from api.adapters.postgres_chunks import copy_vectors
from api.services.lexical import SparseVector
from api.services.library import Document, Draft, StoredChunk
from api.services.search import Mode, Query
from tests.embeddings.fake_encoder import DIMENSION
from tests.stores.opened import Opened, opened
