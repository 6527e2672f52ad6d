"""Winners, clusters and every asset of the pool, as static HTML; whatever names an asset links to its row."""

from collections.abc import Mapping, Sequence
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.page.asset_rows import (
    AssetRow,
    asset_rows,
    gate_text,
    route_text,
    sector_of,
)
from tradingview_scraper.pipelines.selection.lineage.page.fragility_cells import stays_cells
from tradingview_scraper.pipelines.selection.lineage.page.markup import (
    Cell,
    Column,
    Html,
    anchor,
    asset_link,
    element,
    listed,
    number,
    percent,
    percentage,
    plural,
    row,
    table,
)

Data = Mapping[str, Any]
SPARK_WIDTH, SPARK_HEIGHT = 150, 34
CONVICTION = "conviction"


def winners_html(data: Data) -> Html:
    """The winners, best first: direction, route, rung, conviction, cluster, and how each went."""
    if not data["winners"]:
        return element("p", "Nobody won.")
    columns = [
        Column("#", numeric=True),
        Column("asset"),
        Column("direction"),
        Column("logic"),
        Column("sector"),
        Column("cluster", numeric=True),
        Column(CONVICTION, numeric=True),
        Column("rank", numeric=True, note="by conviction in the pool"),
        Column("route"),
        Column("rung", numeric=True),
        Column("why"),
        Column("cumulative return", picture=True),
        Column("total", numeric=True, note="cumulative simple return of the asset itself, whatever its direction"),
    ]
    stays = stays_cells(data)
    columns += stays.columns
    assets = asset_rows(data)
    rows = [
        row(columns, [*_winner(data, at, assets[place], spark), *stays.of(assets[place].symbol)])
        for at, (place, spark) in enumerate(zip(data["winners"], data["sparks"], strict=True), start=1)
    ]
    text = (
        f"Curves: the asset's own cumulative return from {data['first_day']} to {data['as_of']}, before it is directed, "
        "each on a scale of its own, with a line at zero."
    )
    return element("p", text) + stays.text + table("winners-table", "The winners, best first.", columns, rows)


def _winner(data: Data, at: int, asset: AssetRow, spark: Sequence[float | None]) -> list[Any]:
    gates = gate_text(data, asset.place, needs=True)
    total = spark[-1]
    return [
        number(at),
        element("b", asset_link(asset.symbol)),
        asset.direction,
        asset.logics.replace(",", ", "),
        sector_of(asset),
        cluster_link(asset.cluster),
        number(asset.conviction),
        number(asset.rank),
        element("span", asset.route, class_="tag"),
        number(data["rung"]),
        Cell([route_text(data, asset), element("div", gates, class_="note") if gates else None], class_="reason"),
        sparkline(spark, f"{asset.symbol}: {percent(total)} over {plural(data['days'], 'day')}"),
        percentage(total),
    ]


def clusters_html(data: Data) -> Html:
    """One row per cluster: its sectors and members, winners first in bold."""
    columns = [
        Column("cluster", numeric=True),
        Column("assets", numeric=True),
        Column("eligible", numeric=True),
        Column("winners", numeric=True),
        Column("r", numeric=True, note="mean correlation of the cluster's pairs"),
        Column("sectors"),
        Column("members"),
    ]
    means = {cluster: mean for cluster, _, _, mean in data["matrix"]["extents"]}
    groups: dict[int, list[AssetRow]] = {}
    for asset in asset_rows(data):
        groups.setdefault(asset.cluster, []).append(asset)
    rows = []
    for cluster in sorted(groups):
        members = sorted(groups[cluster], key=lambda asset: (not asset.route, asset.rank))
        links = [element("b", asset_link(each.symbol)) if each.route else asset_link(each.symbol) for each in members]
        cells = [
            number(cluster),
            number(len(members)),
            number(sum(each.eligible for each in members)),
            number(sum(bool(each.route) for each in members)),
            number(means[cluster], 2),
            ", ".join(f"{count} {name}" for name, count in sectors(members)),
            listed(links),
        ]
        rows.append(row(columns, cells, id_=f"cluster-{cluster}"))
    text = (
        f"{plural(len(groups), 'cluster')} of {'directed ' if data['directed'] else ''}returns. "
        "Members stand best first, winners before the others and in bold; r is the mean correlation of their pairs."
    )
    return element("p", text) + table("clusters-table", "Clusters with their members and sectors.", columns, rows)


def sectors(members: Sequence[AssetRow]) -> list[tuple[str, int]]:
    """Sector to how many of these assets are in it, the most frequent first, ties by name."""
    names = [asset.sector or "unknown" for asset in members]
    return sorted(((name, names.count(name)) for name in dict.fromkeys(names)), key=lambda each: (-each[1], each[0]))


def assets_html(data: Data) -> Html:
    """Every asset of the pool in a row that its links lead to: what became of it, and the gates that it fails."""
    columns = [
        Column("asset"),
        Column("direction"),
        Column("sector"),
        Column("cluster", numeric=True),
        Column(CONVICTION, numeric=True),
        Column("rank", numeric=True),
        Column("outcome"),
        Column("gates, with the asset's value"),
    ]
    rows = []
    for asset in sorted(asset_rows(data), key=lambda asset: asset.rank):
        cells = [
            asset_link(asset.symbol),
            asset.direction,
            sector_of(asset),
            cluster_link(asset.cluster),
            number(asset.conviction),
            number(asset.rank),
            f"{asset.outcome} ({asset.route})" if asset.route else asset.outcome,
            gate_text(data, asset.place, needs=False),
        ]
        rows.append(row(columns, cells, id_=anchor(asset.symbol), class_="won" if asset.route else None))
    return table("assets-table", "Every asset of the pool, by rank of conviction.", columns, rows)


def cluster_link(cluster: int) -> Html:
    """A link to a cluster's row."""
    return element("a", str(cluster), href=f"#cluster-{cluster}")


def sparkline(values: Sequence[float | None], text: str) -> Html:
    """A curve on a scale of its own with a line at zero; where there is no value there is no line."""
    known = [value for value in values if value is not None]
    low, high = min([0.0, *known]), max([0.0, *known])
    step, span = SPARK_WIDTH / max(1, len(values) - 1), (high - low) or 1.0

    def height(value: float) -> str:
        return f"{SPARK_HEIGHT - 2 - (value - low) / span * (SPARK_HEIGHT - 4):.1f}"

    pieces = []
    pen = "M"
    for place, value in enumerate(values):
        if value is not None:
            pieces.append(f"{pen}{place * step:.1f} {height(value)}")
        pen = "M" if value is None else "L"
    return element(
        "svg",
        element("path", class_="zero", d=f"M0 {height(0.0)}H{SPARK_WIDTH}"),
        element("path", class_="line", d="".join(pieces)),
        class_="mini",
        width=SPARK_WIDTH,
        height=SPARK_HEIGHT,
        role="img",
        aria_label=text,
    )
