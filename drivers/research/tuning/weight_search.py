"""The search for weights: Optuna's tree-structured Parzen estimator, seeded, beginning with the weights there are.

Only proportions matter to a rank, so candidates are scaled to the sum of the weights there are, and rounded as they will be
printed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

DIGITS = 4
Weights = Mapping[str, float]


@dataclass(frozen=True)
class Candidate:
    """One set of weights that was tried, and what it gave."""

    weights: Weights
    value: float


def candidates(
    features: Sequence[str], present: Weights, value: Callable[[Weights], float], *, trials: int, seed: int
) -> list[Candidate]:
    """Every set of weights that was tried, the present ones first; `value` is to be high. The same for the same seed.

    Raises `ConfigurationError` where Optuna isn't installed.
    """
    try:
        import optuna
    except ImportError:
        raise ConfigurationError("tune needs Optuna: pip install 'tvselect[research]'") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    total, highest = sum(present.values()), max(present.values())
    tried: list[Candidate] = []

    def objective(trial: optuna.Trial) -> float:
        parts = {name: trial.suggest_float(name, 0.0, 1.0) for name in features}
        weights = scaled(parts, total) if tried else dict(present)
        tried.append(Candidate(weights, value(weights)))
        return tried[-1].value

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial({name: present.get(name, 0.0) / highest for name in features})
    study.optimize(objective, n_trials=trials)
    return tried


def scaled(parts: Weights, total: float) -> dict[str, float]:
    """The same proportions with another sum, rounded; equal ones where all are nothing."""
    whole = sum(parts.values())
    shares = parts if whole > 0 else dict.fromkeys(parts, 1.0)
    found = {name: round(total * share / sum(shares.values()), DIGITS) for name, share in shares.items()}
    return {name: weight for name, weight in found.items() if weight > 0}


def best(tried: Sequence[Candidate]) -> Candidate:
    """The candidate with the highest value, of equal ones the first."""
    return max(tried, key=lambda candidate: candidate.value)
