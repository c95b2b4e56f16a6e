"""Which reranker decides close calls."""

from api.adapters.embedding.late_interaction import LateInteraction
from api.config import Settings
from api.services.retrieval.late_interaction import LateInteractionReranker
from api.services.retrieval.search import Reranker


def chosen_reranker(settings: Settings, sentences: Reranker) -> Reranker:
    """`sentences`, unless RERANKER says otherwise. The model of late interaction loads with the first close call."""
    match settings.reranker:
        case "sentences":
            return sentences
        case "late_interaction":
            return LateInteractionReranker(LateInteraction(settings.embedding_model, settings.embedding_path))
