"""The search: Optuna's tree-structured Parzen estimator, seeded, beginning with the choice there is.

A `Space` says on which axes is searched and what a point of them means. `candidates` are all choices that were tried.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

Choice = Mapping[str, float]
"""A value for each thing that is searched: a feature's weight, a gate's threshold, a parameter."""


@dataclass(frozen=True)
class Axis:
    """From where to where one number is searched."""

    low: float
    high: float
    log: bool = False
    """Whether it is searched by orders of magnitude."""
    whole: bool = False
    """Whether it is a whole number."""

    def nearest(self, value: float) -> float:
        """The value, or the end that lies next to it."""
        return min(max(value, self.low), self.high)


@dataclass(frozen=True)
class Space:
    """What may be chosen."""

    present: Choice
    """What there is; tried first, as it is."""
    axes: Mapping[str, Axis]
    start: Mapping[str, float]
    """Where on the axes the present choice lies."""
    choice: Callable[[Mapping[str, float]], Choice]
    """What a point of the axes means."""


def rounded(value: float, digits: int = 4) -> float:
    """To so many significant digits, as it will be printed; a whole number stays one."""
    return value if isinstance(value, int) else float(f"{value:.{digits}g}")


@dataclass(frozen=True)
class Candidate:
    """One choice that was tried, and what it gave."""

    choice: Choice
    value: float


def candidates(space: Space, value: Callable[[Choice], float], *, trials: int, seed: int) -> list[Candidate]:
    """Every choice that was tried, the present one first; `value` is to be high. The same for the same seed.

    Raises `ConfigurationError` where Optuna isn't installed.
    """
    try:
        import optuna
    except ImportError:
        raise ConfigurationError("tune needs Optuna: pip install 'tvselect[research]'") from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    tried: list[Candidate] = []

    def drawn(trial: optuna.Trial, name: str, axis: Axis) -> float:
        if axis.whole:
            return trial.suggest_int(name, int(axis.low), int(axis.high), log=axis.log)
        return trial.suggest_float(name, axis.low, axis.high, log=axis.log)

    def objective(trial: optuna.Trial) -> float:
        point = {name: drawn(trial, name, axis) for name, axis in space.axes.items()}
        choice = space.choice(point) if tried else dict(space.present)
        tried.append(Candidate(choice, value(choice)))
        return tried[-1].value

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed))
    study.enqueue_trial({name: axis.nearest(space.start[name]) for name, axis in space.axes.items()})
    study.optimize(objective, n_trials=trials)
    return tried


def best(tried: Sequence[Candidate]) -> Candidate:
    """The candidate with the highest value, of equal ones the first."""
    return max(tried, key=lambda candidate: candidate.value)
