"""What answers cost, and what they spend."""

from api.services.dashboards.forms import Match, Rate, Ratio
from api.services.dashboards.panel import HOUR, MINUTE, NO_QUESTION, Dashboard, Panel, Query, answers
from api.services.metrics import names

COSTS = Dashboard(
    "costs",
    "Costs",
    "What answers cost, in the currency of prices.toml, and what they spend.",
    (
        Panel(
            "Cost per hour",
            "What an hour costs at the present rate.",
            "money",
            (Query(Rate(names.COST, scale=HOUR), "cost"),),
            "number",
            "No answer has had a price in this time.",
        ),
        Panel(
            "Cost of an answer",
            "Mean cost, refusals included.",
            "money",
            (Query(Ratio(Rate(names.COST), answers()), "cost"),),
            "number",
            NO_QUESTION,
        ),
        Panel(
            "Tokens of an answer",
            "Mean number, of the prompt and of the answer.",
            "count",
            (Query(Ratio(Rate(names.TOKENS), answers()), "tokens"),),
            "number",
            NO_QUESTION,
        ),
        Panel(
            "Answers from the cache",
            "Share of look-ups for a whole answer that cost nothing.",
            "share",
            (
                Query(
                    Ratio(
                        Rate(names.CACHE_REQUESTS, where=(Match("cache", "answer"), Match("result", "hit"))),
                        Rate(names.CACHE_REQUESTS, where=(Match("cache", "answer"),)),
                    ),
                    "cached",
                ),
            ),
            "number",
            "No answer was looked up in this time; without REDIS_URL there is no cache.",
        ),
        Panel(
            "Cost per hour by model",
            "At the present rate.",
            "money",
            (Query(Rate(names.COST, ("model",), scale=HOUR), "{model}"),),
            "stacked",
            "No answer has had a price in this time.",
        ),
        Panel(
            "Tokens by model",
            "Tokens per minute, of prompts and of answers.",
            "per minute",
            (Query(Rate(names.TOKENS, ("model", "kind"), scale=MINUTE), "{model} {kind}"),),
            "stacked",
            NO_QUESTION,
        ),
        Panel(
            "Embedded texts",
            "Texts per minute that the embedding model got.",
            "per minute",
            (Query(Rate(names.EMBEDDED_TEXTS, ("purpose",), scale=MINUTE), "{purpose}"),),
            "stacked",
            "No text was embedded in this time.",
        ),
        Panel(
            "Refused answers",
            "Refusals cost little: they end before a model writes.",
            "share",
            (Query(Ratio(answers(Match("outcome", "refused")), answers()), "refused"),),
            empty=NO_QUESTION,
        ),
    ),
)
