"""Rules from samples, and the file that a layer reads them from (see `api/services/rag/answerability/rules.py`)."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mystack.fitting.logistic import Logistic, Vector, fit
from mystack.fitting.samples import Label, Sample

IMPORTANCE: Mapping[Label, float] = {"answerable": 0.5, "near": 0.25, "far": 0.15, "name": 0.1}
"""How much all samples of a label weigh together. Every file weighs the same."""
CERTAIN = {"other_name": -4.5, "names_absent": -4.0}
"""Weights that are set, because too few questions of the data show the feature, or none that is answerable."""
LANGUAGE = "in_"
"""What the names of features begin with that are languages (`features.py`)."""
LEAST_ROWS = 30
"""Answerable questions, and far misses, of a language that has a weight of its own."""
DIGITS = 3


@dataclass(frozen=True)
class Fitted:
    """The rule answers where the log odds are 0 or more."""

    logistic: Logistic

    def answers(self, found: Sequence[Sample]) -> Sequence[bool]:
        """For each sample, whether it is answered."""
        odds: list[float] = self.logistic.log_odds([one.features for one in found]).tolist()
        return [value >= 0 for value in odds]


def fitted(found: Sequence[Sample], answered: float) -> Mapping[str, Fitted]:
    """A rule for each name that has answerable samples and others, from every second article.

    The bias is set so that this share of the answerable questions is answered; see `_balanced` for other languages.
    """
    names = dict.fromkeys(one.rule for one in found)
    parts = {name: [one for one in found if one.rule == name and one.article % 2 == 0] for name in names}
    return {
        name: _fitted(part, answered)
        for name, part in parts.items()
        if len({one.label == "answerable" for one in part}) == 2
    }


def _fitted(part: Sequence[Sample], answered: float) -> Fitted:
    part = _of_spoken_languages(part)
    counts = Counter((one.source, one.label) for one in part)
    importance = [IMPORTANCE[one.label] / counts[one.source, one.label] * len(part) for one in part]
    rule = fit([one.features for one in part], [one.label == "answerable" for one in part], importance)
    weights = [CERTAIN.get(name, weight) for name, weight in zip(rule.names, rule.weights.tolist(), strict=True)]
    return Fitted(_balanced(replace(rule, weights=np.array(weights)), part, answered))


def _balanced(rule: Logistic, part: Sequence[Sample], answered: float) -> Logistic:
    """The rule with the bias at which it answers this share of the answerable questions, without other languages.

    The weight of a language is that at which as large a share of its answerable questions is answered as of its far
    misses is refused.
    """
    english = [one for one in part if not _languages(one.features)] or part
    base = float(np.quantile(_odds(rule, english, "answerable"), 1 - answered))
    shifts = [base - _equal(rule, part, name) if _is_language(name) else 0.0 for name in rule.names]
    return replace(rule, weights=rule.weights + np.array(shifts), bias=rule.bias - base)


def _equal(rule: Logistic, part: Sequence[Sample], language: str) -> float:
    """The log odds at which the shares of the two kinds of errors in a language are the most alike."""
    spoken = [one for one in part if language in one.features]
    answerable, far = _odds(rule, spoken, "answerable"), _odds(rule, spoken, "far")
    steps = np.sort(np.concatenate([answerable, far]))
    errors = [abs(float(np.mean(answerable < step) - np.mean(far >= step))) for step in steps]
    return float(steps[int(np.argmin(errors))])


def _odds(rule: Logistic, found: Sequence[Sample], label: Label) -> Vector:
    return rule.log_odds([one.features for one in found if one.label == label])


def _of_spoken_languages(part: Sequence[Sample]) -> list[Sample]:
    """The samples without the features of languages in which there are few."""
    spoken = Counter((name, one.label) for one in part for name in _languages(one.features))
    rare = {name for name, _ in spoken if min(spoken[name, "answerable"], spoken[name, "far"]) < LEAST_ROWS}
    return [replace(one, features={k: v for k, v in one.features.items() if k not in rare}) for one in part]


def _is_language(name: str) -> bool:
    return name.startswith(LANGUAGE)


def _languages(features: Mapping[str, float]) -> list[str]:
    return [name for name in features if _is_language(name)]


def share(rule: Fitted, found: Sequence[Sample]) -> float:
    """The share of samples that the rule judges right: answerable ones answered, the others refused. NaN: no sample."""
    right = [answers == (one.label == "answerable") for one, answers in zip(found, rule.answers(found), strict=True)]
    return sum(right) / len(right) if right else math.nan


def written(file: Path, model: str, sources: Sequence[str], rules: Mapping[str, Fitted]) -> str:
    """The text of the file with these rules, and with the others that it has."""
    known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    former = known.get("rules", {})
    changed = {name: _weights(rule.logistic, former.get(name, {})) for name, rule in rules.items()}
    data = {
        "model": model,
        "fitted_on": f"Every second article of {', '.join(sources)}.",
        "rules": former | changed,
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _weights(rule: Logistic, former: Mapping[str, float]) -> Mapping[str, float]:
    """Features that never varied keep the weight that they have in the file."""
    weights = dict(zip(rule.names, rule.weights.tolist(), strict=True))
    fitted = {name: round(weight, DIGITS) if weight else former.get(name, 0.0) for name, weight in weights.items()}
    return {"bias": round(rule.bias, DIGITS)} | fitted
