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
"""Answerable questions of a language that has a weight of its own."""
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

    The bias is set so that this share of the answerable questions is answered, in each language.
    """
    names = dict.fromkeys(one.rule for one in found)
    parts = {name: [one for one in found if one.rule == name and one.article % 2 == 0] for name in names}
    return {
        name: _fitted(part, answered)
        for name, part in parts.items()
        if len({one.label == "answerable" for one in part}) == 2
    }


def _fitted(part: Sequence[Sample], answered: float) -> Fitted:
    counts = Counter((one.source, one.label) for one in part)
    importance = [IMPORTANCE[one.label] / counts[one.source, one.label] * len(part) for one in part]
    answerable = [one.label == "answerable" for one in part]
    spoken = Counter(name for one in part if one.label == "answerable" for name in _languages(one.features))
    rows = [{name: one.features[name] for name in one.features if _counts(name, spoken)} for one in part]
    rule = fit(rows, answerable, importance)
    weights = [CERTAIN.get(name, weight) for name, weight in zip(rule.names, rule.weights.tolist(), strict=True)]
    rule = replace(rule, weights=np.array(weights))
    return Fitted(_answering(rule, [row for row, is_one in zip(rows, answerable, strict=True) if is_one], answered))


def _answering(rule: Logistic, rows: Sequence[Mapping[str, float]], answered: float) -> Logistic:
    """The rule with the bias, and the weights of languages, at which it answers this share of the rows of each."""
    odds = rule.log_odds(rows)
    least = {name: _least(odds, [name in row for row in rows], answered) for name in rule.names if _is_language(name)}
    others = [not _languages(row) for row in rows]
    base = _least(odds, others if any(others) else [True] * len(rows), answered)
    shifts = np.array([base - least.get(name, base) for name in rule.names])
    return replace(rule, weights=rule.weights + shifts, bias=rule.bias - base)


def _least(odds: Vector, chosen: Sequence[bool], answered: float) -> float:
    return float(np.quantile(odds[np.array(chosen)], 1 - answered))


def _is_language(name: str) -> bool:
    return name.startswith(LANGUAGE)


def _languages(features: Mapping[str, float]) -> list[str]:
    return [name for name in features if _is_language(name)]


def _counts(name: str, spoken: Counter[str]) -> bool:
    return not _is_language(name) or spoken[name] >= LEAST_ROWS


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
