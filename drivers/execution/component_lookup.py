"""The components that a profile names: provider, scorers, bucketizer.

1. `component_class` finds the class. A bare name is the module of that name in the kind's folder, which defines one
   concrete class of the kind: a new file there is a new component. `module:Class` is the user's own, or a class of a library.
2. `component` makes it: its constructor's parameters are filled by name (`dataflow.components` says from what).

Whatever doesn't fit is a `ConfigurationError` of one line that begins with the profile's key.
"""

import inspect
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from tradingview_scraper.pipelines.selection.dataflow.components import (
    ConvictionScorer,
    DiscoveryProvider,
    FactorBucketizer,
)
from tradingview_scraper.pipelines.selection.dataflow.inference import scorers
from tradingview_scraper.pipelines.selection.dataflow.inference.trained_models import Models
from tradingview_scraper.pipelines.selection.dataflow.ingestion import providers
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import AnyPlace
from tradingview_scraper.pipelines.selection.dataflow.partitioning import bucketizers
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import blamed, loaded_module
from tradingview_scraper.pipelines.selection.drivers.execution.setting_messages import suggestion
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.settings import ClusterSettings, DataSettings, ScorerSettings

ADAPTER = "sklearn_clusterer"
"""The bucketizer that a scikit-learn clusterer is wrapped in."""


@dataclass(frozen=True)
class Kind:
    """One kind of component: what it is called, its interface, the folder of the built-in ones."""

    noun: str
    base: type
    folder: ModuleType

    @property
    def built_in(self) -> list[str]:
        """The names of the built-in ones."""
        return sorted(module.name for module in pkgutil.iter_modules(self.folder.__path__))


PROVIDER = Kind("provider", DiscoveryProvider, providers)
SCORER = Kind("scorer", ConvictionScorer, scorers)
BUCKETIZER = Kind("bucketizer", FactorBucketizer, bucketizers)


def provider_of(settings: DataSettings, folder: AnyPlace) -> DiscoveryProvider:
    """The provider that `data.provider` names, for a data folder. Raises `ConfigurationError` where it can't be made."""
    found = component_class(PROVIDER, settings.provider, "data.provider")
    offered = {"settings": settings, "folder": folder}
    made: DiscoveryProvider = component(found, "data.provider", settings.parameters, offered)
    return made


def scorer_of(name: str, settings: ScorerSettings, models: Models | None = None) -> ConvictionScorer:
    """The scorer that a profile's entry describes, with the models that there are of it, if anybody can say.

    Raises `ConfigurationError` where it can't be made.
    """
    key = f"scorers.{name}.kind"
    found = component_class(SCORER, settings.kind, key)
    offered = {"settings": settings, **({"models": models} if models is not None else {})}
    made: ConvictionScorer = component(found, key, settings.parameters, offered)
    return made


def bucketizer_of(settings: ClusterSettings) -> FactorBucketizer:
    """The bucketizer that `clusters.bucketizer` names. Raises `ConfigurationError` where it can't be made.

    A class that is no `FactorBucketizer` but fits and predicts is a scikit-learn clusterer, and gets its adapter.
    """
    key = "clusters.bucketizer"
    if ":" in settings.bucketizer:
        named = named_class(settings.bucketizer, key)
        if not issubclass(named, FactorBucketizer) and hasattr(named, "fit_predict"):
            adapter = component_class(BUCKETIZER, ADAPTER, key)
            adapted: FactorBucketizer = adapter(named, settings.parameters)
            return adapted
    found = component_class(BUCKETIZER, settings.bucketizer, key)
    made: FactorBucketizer = component(found, key, settings.parameters, {"settings": settings})
    return made


def component_class(kind: Kind, name: str, key: str) -> type:
    """The class that a name stands for, concrete and of the kind.

    Raises `ConfigurationError` where there is none, several, or one of another kind or with methods missing.
    """
    if ":" in name:
        found = named_class(name, key)
        if not issubclass(found, kind.base):
            raise ConfigurationError(f"{key}: {name} is no {kind.base.__name__}; derive it from that class")
        if inspect.isabstract(found):
            missing = ", ".join(sorted(vars(found)["__abstractmethods__"]))
            raise ConfigurationError(f"{key}: {name} lacks what every {kind.base.__name__} has: {missing}")
        return found
    if name not in kind.built_in:
        raise ConfigurationError(
            f"{key}: there is no {kind.noun} {name!r}; {suggestion(name, kind.built_in)}, or module:Class of your own"
        )
    module = loaded_module(f"{kind.folder.__name__}.{name}", key)
    own = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and value.__module__ == module.__name__ and issubclass(value, kind.base)
    ]
    concrete = [value for value in own if not inspect.isabstract(value)]
    if len(concrete) != 1:
        classes = ", ".join(value.__name__ for value in concrete) or "none"
        raise ConfigurationError(f"{key}: {name}.py must define one concrete {kind.base.__name__}, it has {classes}")
    return concrete[0]


def named_class(path: str, key: str) -> type:
    """The class `module:Class`. Raises `ConfigurationError` where there is no such module or class."""
    module_name, _, class_name = path.partition(":")
    found = getattr(loaded_module(module_name, key), class_name, None)
    if not isinstance(found, type):
        raise ConfigurationError(f"{key}: {path} names nothing: the module {module_name!r} has no class {class_name!r}")
    return found


def component(found: type, key: str, parameters: Mapping[str, Any], offered: Mapping[str, Any]) -> Any:
    """An instance, made from the section's `parameters` and those of the `offered` values that its constructor names.

    Raises `ConfigurationError` where the constructor doesn't take a parameter, asks for another, or raises.
    """
    asked = inspect.signature(found).parameters
    named = {name for name, each in asked.items() if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)}
    open_ended = any(each.kind is each.VAR_KEYWORD for each in asked.values())
    strange = [name for name in parameters if name not in named]
    if strange and not open_ended:
        takes = ", ".join(sorted(named - offered.keys())) or "none"
        raise ConfigurationError(f"{key}: {found.__name__} has no parameter {', '.join(strange)}; it takes {takes}")
    given = {**{name: value for name, value in offered.items() if name in named}, **parameters}
    lacking = [
        name for name in asked if name in named - given.keys() and asked[name].default is inspect.Parameter.empty
    ]
    if lacking:
        raise ConfigurationError(
            f"{key}: {found.__name__} asks for {', '.join(lacking)}; give it as a parameter of that name "
            f"({', '.join(sorted(offered))} come by themselves)"
        )
    with blamed(f"{key}: {found.__name__}(...)"):
        return found(**given)
