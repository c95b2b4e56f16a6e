"""Whether answers rest on the documents, and where their time goes."""

from api.services.dashboards.forms import Match, Quantile, Rate, Ratio
from api.services.dashboards.panel import MINUTE, NO_QUESTION, Dashboard, Panel, Query, answers
from api.services.metrics import names

CHECKED = Match("support", "unknown", negated=True)

RAG = Dashboard(
    "rag",
    "RAG",
    "Whether answers rest on the documents, and where their time goes.",
    (
        Panel(
            "Answers",
            "Answers per minute, refusals included.",
            "per minute",
            (Query(answers(scale=MINUTE), "answers"),),
            "number",
            NO_QUESTION,
        ),
        Panel(
            "Grounded",
            "Share of answers whose sentences the sources support.",
            "share",
            (Query(Ratio(answers(Match("outcome", "grounded")), answers()), "grounded"),),
            "number",
            NO_QUESTION,
        ),
        Panel(
            "Unsupported sentences",
            "Share of the checked sentences that no source supports.",
            "share",
            (
                Query(
                    Ratio(
                        Rate(names.CLAIMS, where=(Match("support", "unsupported"),)),
                        Rate(names.CLAIMS, where=(CHECKED,)),
                    ),
                    "unsupported",
                ),
            ),
            "number",
            "No sentence was checked in this time.",
        ),
        Panel(
            "Thumbs down",
            "Share of the votes on answers.",
            "share",
            (Query(Ratio(Rate(names.FEEDBACK, where=(Match("rating", "down"),)), Rate(names.FEEDBACK)), "down"),),
            "number",
            "Nobody has voted in this time.",
        ),
        Panel(
            "Answers by outcome",
            "Plain: answered without documents. Ungrounded: the sources do not support all of it.",
            "per minute",
            (Query(answers(by=("outcome",), scale=MINUTE), "{outcome}"),),
            "stacked",
            NO_QUESTION,
        ),
        Panel(
            "Refusals by reason",
            "Questions that were not answered, and why.",
            "per minute",
            (Query(Rate(names.REFUSALS, ("reason",), scale=MINUTE), "{reason}"),),
            "stacked",
            "No question was refused in this time.",
        ),
        Panel(
            "Duration of a stage",
            "95 % are faster. Retrieve is all of a search: embed, search the index, rerank.",
            "seconds",
            (Query(Quantile(0.95, names.STAGE_SECONDS, ("stage",)), "{stage}"),),
            empty=NO_QUESTION,
        ),
        Panel(
            "Time to the first token",
            "95 % of the answers of a model begin sooner.",
            "seconds",
            (Query(Quantile(0.95, names.FIRST_TOKEN_SECONDS, ("model",)), "{model}"),),
            empty="No language model has answered in this time.",
        ),
        Panel(
            "Best retrieval score",
            "Cosine of a question and its nearest passage. Lower than usual: the documents lack what is asked.",
            "score",
            (
                Query(Quantile(0.1, names.RETRIEVAL_SCORE), "10 % are lower"),
                Query(Quantile(0.5, names.RETRIEVAL_SCORE), "50 % are lower"),
                Query(Quantile(0.9, names.RETRIEVAL_SCORE), "90 % are lower"),
            ),
            empty="Nothing was searched for in this time.",
        ),
        Panel(
            "Found in a cache",
            "Share of look-ups that a cache could answer.",
            "share",
            (
                Query(
                    Ratio(
                        Rate(names.CACHE_REQUESTS, ("cache",), (Match("result", "hit"),)),
                        Rate(names.CACHE_REQUESTS, ("cache",)),
                    ),
                    "{cache}",
                ),
            ),
            empty="No cache was asked in this time; without REDIS_URL there is none.",
        ),
        Panel(
            "Sentences by support",
            "Unknown: the sentence makes no claim that can be checked.",
            "per minute",
            (Query(Rate(names.CLAIMS, ("support",), scale=MINUTE), "{support}"),),
            "stacked",
            "No sentence was checked in this time.",
        ),
        Panel(
            "Removed markers",
            "Markers of sources that a model made up.",
            "per minute",
            (Query(Rate(names.REMOVED_MARKERS, scale=MINUTE), "removed"),),
        ),
    ),
)
