"""What is compared: one number for each conversation, because answers of one conversation are not independent."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api.services.ab_tests.ab_test import Exposure


@dataclass(frozen=True)
class Sample:
    """One number of each conversation that has one, in the order of their first answers. Both arrays: shape (n,)."""

    in_b: NDArray[np.bool_]
    values: NDArray[np.float64]

    def of(self, b: bool) -> NDArray[np.float64]:
        """The values of one arm."""
        return np.compress(self.in_b == b, self.values)

    def mean(self, b: bool) -> float | None:
        """None without conversations."""
        values = self.of(b)
        return float(values.mean()) if len(values) else None


def sample(exposures: Sequence[Exposure], b: str, value: Callable[[Exposure], float | None]) -> Sample:
    """The mean of `value` over the answers of each conversation; those for which it is None do not count."""
    found: defaultdict[tuple[object, bool], list[float]] = defaultdict(list)
    for exposure in exposures:
        number = value(exposure)
        if number is not None:
            found[exposure.conversation, exposure.arm == b].append(number)
    in_b = np.array([is_b for _, is_b in found], dtype=np.bool_)
    return Sample(in_b, np.array([sum(each) / len(each) for each in found.values()], dtype=np.float64))


def positive(exposure: Exposure) -> float | None:
    """The metric `feedback_positive`: 1 for a thumb up, 0 for a thumb down, None without a vote."""
    return None if exposure.rating is None else float(exposure.rating == "up")
