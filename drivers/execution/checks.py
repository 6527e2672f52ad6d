"""What a plan is refused for: names that are taken or unknown, and gates that nothing could fail.

`user_places` and `refuse_unknown_arguments` look at the user's functions, `refuse_unknown_names` at weights, maps and gates,
`refuse_unattainable` at one gate's threshold.
"""

import difflib
import inspect
from collections.abc import Collection, Iterable, Mapping
from types import ModuleType

from tradingview_scraper.pipelines.selection.dataflow.features.declaration import Declaration, public_functions, where
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.entropy import highest_entropy
from tradingview_scraper.pipelines.selection.dataflow.ingestion.nodes import POOL_COLUMNS
from tradingview_scraper.pipelines.selection.drivers.execution.setting_messages import suggestion
from tradingview_scraper.pipelines.selection.drivers.execution.stage_modules import stage_modules
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, FactorError
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings


def taken_names(settings: SelectionSettings, inputs: Iterable[str]) -> dict[str, str]:
    """Every name that a user's function can't have, and by what it is taken."""
    taken = dict.fromkeys(inputs, "an input of the dataflow")
    taken |= dict.fromkeys(settings.active_scorers, "a scorer of the profile")
    taken |= dict.fromkeys(POOL_COLUMNS, "a column of the pool")
    for stage, modules in stage_modules(settings).items():
        for module in modules:
            taken |= {name: f"the {stage} stage" for name, _ in public_functions(module)}
    return taken


def user_places(modules: Iterable[ModuleType], taken: Mapping[str, str]) -> dict[str, str]:
    """The user's functions by name, and where each is defined.

    Raises `FactorError` where a name is taken, by another function of the user's too.
    """
    places: dict[str, str] = {}
    for module in modules:
        for name, function in public_functions(module):
            holder = taken.get(name) or places.get(name)
            if holder:
                raise FactorError(
                    f"features: {where(function)}: the name {name!r} is taken by {holder}; choose another"
                )
            places[name] = where(function)
    return places


def refuse_unknown_arguments(module: ModuleType, known: Collection[str]) -> None:
    """Raises `FactorError` where a user's function reads something that there isn't."""
    for _, function in public_functions(module):
        for parameter in inspect.signature(function).parameters.values():
            if parameter.default is inspect.Parameter.empty and parameter.name not in known:
                near = difflib.get_close_matches(parameter.name, sorted(known), n=3) or ["returns", "raw_pool", "bars"]
                raise FactorError(
                    f"features: {where(function)} reads {parameter.name!r}, which there isn't; did you mean "
                    f"{', '.join(near)}? (A number of its own goes to features.parameters.)"
                )


def refuse_idle_parameters(names: Iterable[str], modules: Iterable[ModuleType], fixed: Collection[str]) -> None:
    """Raises `ConfigurationError` where one of `features.parameters` is read by no function, or is a setting of its own."""
    read = {
        name
        for module in modules
        for _, function in public_functions(module)
        for name in inspect.signature(function).parameters
    }
    for name in names:
        if name in fixed:
            raise ConfigurationError(
                f"features.parameters.{name}: the dataflow has an input of this name; choose another"
            )
        if name not in read:
            meant = suggestion(name, read - {*fixed})
            raise ConfigurationError(
                f"features.parameters.{name}: no function of features.modules reads it"
                + (f"; {meant}" if meant else "")
            )


def refuse_unknown_names(settings: SelectionSettings, declarations: Mapping[str, Declaration]) -> None:
    """Raises `ConfigurationError` where a weight, a probability map or a gate names no factor, or a gate can't bind."""
    named: dict[str, Collection[str]] = {"weights": settings.weights, "probabilities": settings.probabilities}
    named |= {f"scorers.{name}.weights": scorer.weights for name, scorer in settings.active_scorers.items()}
    for section, names in named.items():
        for name in names:
            if name not in declarations:
                raise ConfigurationError(f"{section}.{name}: {_no_factor(name, declarations)}")
    for name, gate in settings.active_gates.items():
        if gate.feature not in declarations:
            raise ConfigurationError(f"gates.{name}: {_no_factor(gate.feature, declarations)}")
        if settings.unattainable == "refuse":
            refuse_unattainable(name, settings, declarations[gate.feature])
    for scorer, chosen in settings.active_scorers.items():
        if not settings.weights_of(scorer):
            key = f"scorers.{scorer}.weights" if chosen.weights else "weights"
            raise ConfigurationError(f"{key}: no factor has a weight, so there is nothing to score by")


def declared_window(name: str, declared: Declaration, settings: SelectionSettings) -> int | None:
    """The days of a factor's window; None where it declares none.

    Raises `FactorError` where it names no setting or parameter of features that is a number of days.
    """
    if declared.window is None:
        return None
    features = {**settings.features.model_dump(), **settings.features.parameters}
    days = features.get(declared.window) if isinstance(declared.window, str) else declared.window
    if not isinstance(days, int | float) or days != int(days) or days < 1:
        raise FactorError(
            f"features: `{name}` declares the window {declared.window!r}: it takes a number of days, or the name of a "
            "setting or parameter of features that is one"
        )
    return int(days)


def _no_factor(name: str, declarations: Mapping[str, Declaration]) -> str:
    meant = suggestion(name, declarations)
    return f"there is no factor {name!r}; {meant or 'there are ' + ', '.join(sorted(declarations))}"


def refuse_unattainable(name: str, settings: SelectionSettings, declared: Declaration) -> None:
    """Raises `ConfigurationError` with the attainable range where no value of the feature can fail the strict gate."""
    gate = settings.gates[name]
    low, high = attainable_range(gate.feature, settings, declared)
    edge = low if gate.floors else high
    passes_always = (
        (gate.threshold <= edge if gate.floors else gate.threshold >= edge)
        if gate.op in (">=", "<=")
        else (gate.threshold < edge if gate.floors else gate.threshold > edge)
    )
    if passes_always:
        raise ConfigurationError(
            f"gates.{name}: {gate.feature} {gate.op} {gate.threshold:g} can never fail: {gate.feature} lies in "
            f"[{low:.4g}, {high:.4g}] with these windows. Choose a threshold inside, or disable the gate"
        )


def attainable_range(feature: str, settings: SelectionSettings, declared: Declaration) -> tuple[float, float]:
    """The values that a factor can take at all; entropy by its window: n returns have n - order + 1 patterns."""
    if feature == "permutation_entropy":
        return 0.0, highest_entropy(settings.features.entropy_order, settings.features.entropy_window)
    return declared.low, declared.high
