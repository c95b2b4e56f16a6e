"""The rules that decide whether the evidence answers a question: weights of features, fitted for an embedding model.

Cosines of one model say nothing about those of another, so each model has a file of its own, `fitted/MODEL.json`, with
the last part of the model's name in lower case. `mystack fit` writes it. A model without a file gets the rules of
all-MiniLM-L6-v2, which may answer too much or too little with it: fit them before the model answers questions.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).with_name("fitted")
DEFAULT = "all-minilm-l6-v2"
INSTEAD = {"foreign": "meaning", "stems": "words"}
"""The rule that judges where one of this name was not fitted."""


@dataclass(frozen=True)
class Rule:
    """A logistic rule. A feature without a weight counts nothing; a weight whose feature is not given counts 0."""

    bias: float
    weights: Mapping[str, float]

    def probability(self, features: Mapping[str, float]) -> float:
        """Between 0 and 1, from the features by name."""
        log_odds = self.bias + sum(weight * features.get(name, 0.0) for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-log_odds))


@dataclass(frozen=True)
class Rules:
    """The rules of one embedding model, by name.

    `meaning`: for questions in languages that the model reads. `foreign`: for those in another language than the
    documents, of which words tell little; without it, `meaning` judges them. `words`: for the others, from words alone;
    `stems`: the same in languages whose stems are terms too, so that scores are higher. `few_hits`: if the library has
    fewer than five chunks.
    """

    model: str
    rules: Mapping[str, Rule]

    def rule(self, name: str) -> Rule:
        """The rule of this name."""
        return self.rules[name if name in self.rules else INSTEAD[name]]


def rules_of(model: str) -> Rules:
    """The rules of the embedding model of this name, with or without its organisation."""
    return FITTED.get(model.lower().rpartition("/")[2], FITTED[DEFAULT])


def read_rules(path: Path) -> Rules:
    """The rules in a file of `mystack fit`. A rule that it lacks is that of the default model."""
    data = json.loads(path.read_text(encoding="utf-8"))
    lacking = {} if path.stem == DEFAULT else read_rules(path.with_stem(DEFAULT)).rules
    return Rules(data["model"], {**lacking, **{name: _rule(weights) for name, weights in data["rules"].items()}})


def _rule(weights: Mapping[str, float]) -> Rule:
    return Rule(weights["bias"], {name: weight for name, weight in weights.items() if name != "bias"})


FITTED = {path.stem: read_rules(path) for path in sorted(FOLDER.glob("*.json"))}
