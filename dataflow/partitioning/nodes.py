"""Stage 4, partitioning: factor groups from the distances between the assets' returns.

`distance` averages, over several lookbacks, the distance of shrunk correlations, for whom it is computed when it is asked for;
`inert_distance` draws together what was one cluster before, where that is asked for; `cluster_tree` grows a tree of them,
`cluster_labels` cuts it into groups;
`clusters` numbers the groups; `duplicates` finds who repeats whose bet; `partitioned` is the border.
"""

import numpy as np
import pandas as pd
from hamilton.function_modifiers import tag

from tradingview_scraper.pipelines.selection.dataflow.component_answers import answered_labels
from tradingview_scraper.pipelines.selection.dataflow.components import FactorBucketizer, TreeBucketizer
from tradingview_scraper.pipelines.selection.dataflow.distances import Distances
from tradingview_scraper.pipelines.selection.dataflow.features.kernels.arrays import asset_rows
from tradingview_scraper.pipelines.selection.dataflow.partitioning.correlation import mean_distances
from tradingview_scraper.pipelines.selection.dataflow.partitioning.duplicates import Duplicates
from tradingview_scraper.pipelines.selection.dataflow.partitioning.inertia import drawn_together, earlier_bonds
from tradingview_scraper.pipelines.selection.dataflow.partitioning.ordering import NO_TREE
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.settings import ClusterSettings, RecruitmentSettings


def clustering_order(returns: pd.DataFrame, summation: str) -> pd.Index:
    """The order in which the assets are clustered: by symbol, so that the input's order can't decide a tie."""
    return returns.columns if summation == "column" else returns.columns.sort_values()


def distance(
    returns: pd.DataFrame,
    clustering_order: pd.Index,
    direction: pd.Series,
    clustering: ClusterSettings,
    correlation_method: str,
) -> Distances:
    """Mean over the lookbacks of sqrt((1 - correlation) / 2), symmetric, zero diagonal (V3_4.md, section 4).

    Of directed returns: those of a SHORT are turned (v3.4: none are). Lookbacks longer than the history don't count; where all
    are, the whole history is the one.
    """
    lookbacks = [days for days in clustering.lookbacks if days <= len(returns)] or [len(returns)]
    last = returns.iloc[len(returns) - max(lookbacks) :]
    rows = asset_rows(last)[returns.columns.get_indexer(clustering_order)]
    if clustering.directed:
        # In place: picking rows has made a copy.
        rows[(direction.reindex(clustering_order) == "SHORT").to_numpy()] *= -1.0
    return mean_distances(
        rows, clustering_order, lookbacks, clustering.shrinkage, clustering.min_common, correlation_method
    )


@tag(reads="distance returns ~raw_pool.{direction,value_traded} #raw_pool")
def duplicates(
    distance: Distances,
    returns: pd.DataFrame,
    raw_pool: pd.DataFrame,
    clustering: ClusterSettings,
    recruitment: RecruitmentSettings,
) -> Duplicates:
    """What finds the assets that repeat another's bet, above the correlation of `recruitment.duplicate_correlation`."""
    # An undirected distance shows a short and a long of one thing far apart.
    turned = np.where((raw_pool["direction"] == "SHORT") & (not clustering.directed), -1, 1)
    return Duplicates(
        distance=distance,
        place=distance.assets.get_indexer(raw_pool.index),
        turned=turned,
        returns=returns,
        traded=raw_pool["value_traded"].to_numpy(),
        limit=recruitment.duplicate_correlation * (1.0 - clustering.shrinkage),
    )


@tag(reads=["distance", "~direction if clustering.inertia != 0.0"])
def inert_distance(
    distance: Distances, direction: pd.Series, held_clusters: tuple, clustering: ClusterSettings
) -> Distances:
    """The distance by which assets are grouped: nearer within the clusters of the partition before, by `clusters.inertia`."""
    if not clustering.inertia or not held_clusters:
        return distance
    sides = direction.reindex(distance.assets) if clustering.directed else None
    return drawn_together(distance, earlier_bonds(distance.assets, sides, held_clusters), clustering.inertia)


def cluster_tree(inert_distance: Distances, bucketizer: FactorBucketizer) -> np.ndarray:
    """The linkage that the bucketizer cuts, without rows where it grows none."""
    if isinstance(bucketizer, TreeBucketizer) and bucketizer.cuts_its_tree:
        return bucketizer.tree(inert_distance)
    return NO_TREE


def cluster_labels(inert_distance: Distances, cluster_tree: np.ndarray, bucketizer: FactorBucketizer) -> pd.Series:
    """The bucketizer's group of each asset, in the order of the distance."""
    if isinstance(bucketizer, TreeBucketizer) and bucketizer.cuts_its_tree:
        labels = bucketizer.cut(cluster_tree)
    else:
        labels = bucketizer.labels(inert_distance.square())
    return pd.Series(answered_labels(labels, len(inert_distance)), index=inert_distance.assets)


def clusters(cluster_labels: pd.Series, raw_pool: pd.DataFrame) -> pd.DataFrame:
    """`cluster`, numbered from 1 in the order in which clustering met the groups; in the pool's order."""
    codes, _ = pd.factorize(cluster_labels)
    numbers = pd.Series(codes + 1, index=cluster_labels.index, dtype=np.int64)
    return numbers.reindex(raw_pool.index).to_frame("cluster")


def partitioned(inferred: SelectionContext, clusters: pd.DataFrame) -> SelectionContext:
    """Border of the stage."""
    return inferred.enriched(clusters=clusters)
