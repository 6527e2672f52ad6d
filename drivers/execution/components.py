"""The components that a profile names: built in, or the user's own as `module:Class`."""

from collections.abc import Callable, Mapping

from tradingview_scraper.pipelines.selection.dataflow.components import ConvictionScorer, FactorBucketizer
from tradingview_scraper.pipelines.selection.dataflow.inference.scorers.log_mps import LogMps
from tradingview_scraper.pipelines.selection.dataflow.inference.scorers.rank_average import RankAverage
from tradingview_scraper.pipelines.selection.dataflow.partitioning.bucketizers.ward import WardBucketizer, agglomerative
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import loaded_class
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.settings import ClusterSettings, ScorerSettings

SCORERS: Mapping[str, type[ConvictionScorer]] = {"log_mps": LogMps, "rank_average": RankAverage}
BUCKETIZERS: Mapping[str, Callable[[ClusterSettings], FactorBucketizer]] = {
    "ward": WardBucketizer,
    "agglomerative": agglomerative,
}


def scorer_of(name: str, settings: ScorerSettings) -> ConvictionScorer:
    """The scorer that a profile's entry describes.

    Raises `ConfigurationError` where its kind is unknown or it doesn't take its parameters.
    """
    kind = SCORERS.get(settings.kind) or (
        loaded_class(settings.kind, ConvictionScorer, f"scorers.{name}") if ":" in settings.kind else None
    )
    if kind is None:
        raise ConfigurationError(
            f"scorers.{name}: there is no scorer {settings.kind!r}; there are {', '.join(SCORERS)}, or module:Class of your own"
        )
    try:
        found: ConvictionScorer = kind(**settings.parameters)
    except TypeError as error:
        raise ConfigurationError(f"scorers.{name}: {settings.kind} doesn't take its parameters: {error}") from None
    return found


def bucketizer_of(settings: ClusterSettings) -> FactorBucketizer:
    """The bucketizer that the settings name.

    Raises `ConfigurationError` where it is unknown.
    """
    if settings.bucketizer in BUCKETIZERS:
        return BUCKETIZERS[settings.bucketizer](settings)
    if ":" in settings.bucketizer:
        found: FactorBucketizer = loaded_class(settings.bucketizer, FactorBucketizer, "clusters.bucketizer")()
        return found
    raise ConfigurationError(
        f"clusters.bucketizer: there is no bucketizer {settings.bucketizer!r}; there are {', '.join(BUCKETIZERS)}, "
        "or module:Class of your own"
    )
