"""What was found in the input, and what stops whom: the sentences of `doctor`, of the start of a run and of its end.

In this order: the tables as they were read; how candidates joined; what is missing for which gate, with the line that mends
it; after a selection, the gates that stop most, and what to do where nobody is selected. Pure: frames in, text out.
"""

import re
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import Source, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import FIELDS, METADATA_FIELDS, NUMERIC_FIELDS
from tradingview_scraper.pipelines.selection.schemas.context import SelectionContext
from tradingview_scraper.pipelines.selection.schemas.market_defaults import MARKET_DEFAULTS
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings, SelectionSettings

SHOWN_GATES = 3
_PLAIN = {"tick_size": "tick size", "lot_size": "lot size", "price_precision": "price precision"}


def table_lines(tables: Tables) -> list[str]:
    """One line per table: what it was read as, its file, rows, symbols, first and last day."""
    lines = []
    for kind, frame in (("bars", tables.bars), ("returns", tables.returns)):
        if frame is not None:
            lines.append(f"{kind} {_files(kind, tables)}: {_extent(frame, kind)}")
    for kind in ("instruments", "statistics", "membership"):
        frame = getattr(tables, kind)
        if frame is not None:
            lines.append(f"{kind} {_files(kind, tables)}: {len(frame):,} rows")
    scans = [_place(source) for source in tables.sources if source.kind == "candidates"]
    named = ", ".join(scans[:3]) + (f" and {len(scans) - 3} more" if len(scans) > 3 else "")
    lines.append(f"candidates {named}{': ' if named else ''}{len(tables.candidates):,} records")
    return lines + [f"asked {text}" for text in tables.asked]


def undated_lines(tables: Tables) -> list[str]:
    """That a run as of a date may see what was known only later, and why; nothing where the provider promises that it doesn't."""
    if tables.point_in_time:
        return []
    why = tables.notes[0] if tables.notes else "the provider doesn't say of when its tables are"
    return [f"not point in time: {why} (--strict-pit refuses it)"]


def absent_lines(tables: Tables, data: DataSettings) -> list[str]:
    """The tables that there could have been, and under which names they were looked for."""
    kinds = ("bars", "returns", "instruments", "statistics")
    return [
        f"no {kind} (looked for {', '.join(getattr(data, kind))})" for kind in kinds if getattr(tables, kind) is None
    ]


def join_line(raw_pool: pd.DataFrame, tables: Tables) -> str:
    """How many assets the candidates named, and how their symbols joined."""
    joined = raw_pool.loc[raw_pool["has_candidate"]]
    exact = int((joined.index == joined["scanner_symbol"]).sum())
    ways = [f"{exact} by the exact symbol"] if exact else []
    ways += [f"{len(joined) - exact} without prefix or suffix"] if len(joined) > exact else []
    how = f", joined {' and '.join(ways)}" if ways else ""
    return f"pool of {len(raw_pool)}: {len(joined)} assets of {len(tables.candidates)} candidate records{how}"


def gap_lines(
    raw_pool: pd.DataFrame, tables: Tables, settings: SelectionSettings, *, remedies: bool = True
) -> list[str]:
    """What the tables lack for which gate, with `remedies` also what mends it; empty where they lack nothing."""
    gates = {gate.feature: name for name, gate in settings.active_gates.items()}
    lines = []
    if "tradable" in gates:
        lines += _metadata_gap(raw_pool, gates["tradable"], remedy_text(raw_pool, tables) if remedies else "")
    without = _missing_prices(tables)
    if "adx" in gates and without and settings.features.adx_source == "bars":
        name = gates["adx"]
        becomes = (
            f"gate {name} is off (gates.{name}.unavailable)"
            if settings.gates[name].unavailable == "off"
            else f"gate {name} stops everyone; --set gates.{name}.unavailable=off"
        )
        lines.append(f"no {without}: the trend strength ADX is unknown; {becomes}")
    return lines


def gates_off(context: SelectionContext) -> list[str]:
    """The gates that were off because no asset has a value."""
    decisions = context.decisions
    known = decisions["value"].notna().groupby(decisions["gate"], observed=True).any()
    return [
        name
        for name, gate in context.settings.active_gates.items()
        if gate.unavailable == "off" and not bool(known.get(name, True))
    ]


def stops(context: SelectionContext) -> list[dict[str, Any]]:
    """The gates by how many of those that didn't win fail them, most first; hard ones before relaxable ones."""
    lost = context.decisions[~context.decisions["symbol"].isin(context.winners.index)]
    counts = lost.loc[~lost["passed"], "gate"].value_counts()
    found = [
        {"gate": name, "kind": gate.kind, "stops": int(counts.get(name, 0)), "what": gate.reason or _comparison(gate)}
        for name, gate in context.settings.active_gates.items()
    ]
    return sorted([each for each in found if each["stops"]], key=lambda each: (each["kind"] != "hard", -each["stops"]))


def shortfall_text(context: SelectionContext, tables: Tables, floor: int) -> str:
    """Why there are fewer winners than the floor: the gates that stop most, and what to do."""
    pool, won = context.raw_pool, len(context.winners)
    found = stops(context)
    named = ", ".join(f"{each['gate']} stops {each['stops']} of {len(pool)}" for each in found[:SHOWN_GATES])
    if won:
        why = f": of the others, gate {named}" if named else ""
        return (
            f"policy: only {won} winners after the last rung, fewer than the floor of {floor}{why}; widen the pool, loosen "
            "a gate or lower recruitment.floor"
        )
    if not found:
        return f"policy: no winners of {len(pool)}, fewer than the floor of {floor}, though no gate stops them"
    first = found[0]
    remedy = (
        remedy_text(pool, tables)
        if context.settings.gates[first["gate"]].feature == "tradable"
        else f"`tvselect doctor` says what is missing, --set gates.{first['gate']}.threshold=... where that is too strict"
    )
    return (
        f"policy: nobody is selected, fewer than the floor of {floor}: gate {named} ({first['gate']}: {first['what']}); "
        f"{remedy}"
    )


def remedy_text(raw_pool: pd.DataFrame, tables: Tables) -> str:
    """What gives assets their metadata: the columns that nearly do, and the defaults of their market."""
    near = near_columns(tables)
    misses = f"instruments.parquet has {', '.join(near)}: rename to {', '.join(METADATA_FIELDS)}; or " if near else ""
    return f"{misses}{_or_defaults(raw_pool)}"


def near_columns(tables: Tables) -> list[str]:
    """Columns of the instruments that are metadata but for their spelling, and so are not read."""
    if tables.instruments is None:
        return []
    meant = {_folded(name) for name, known in FIELDS.items() if known in METADATA_FIELDS} | {"ticksize", "stepsize"}
    meant |= {_folded(name) for name in METADATA_FIELDS}
    read = {*FIELDS, *METADATA_FIELDS, *NUMERIC_FIELDS}
    return [str(name) for name in tables.instruments.columns if name not in read and _folded(str(name)) in meant]


def market_of(raw_pool: pd.DataFrame) -> str:
    """The market whose defaults fit most of the pool."""
    return "crypto-perps" if (raw_pool["market"] == "CRYPTO").mean() > 0.5 else "us-stocks"


def _metadata_gap(raw_pool: pd.DataFrame, gate: str, remedy: str) -> list[str]:
    sizes = raw_pool[list(METADATA_FIELDS)]
    lacking = sizes.isna()
    count = int(lacking.any(axis=1).sum())
    if not count:
        return []
    which = ", ".join(_PLAIN.get(name, name) for name in METADATA_FIELDS if lacking[name].any())
    return [
        f"metadata: {count} of {len(raw_pool)} assets lack {which}: gate {gate} will stop them; "
        f"{remedy or '`tvselect doctor` says what mends it'}"
    ]


def _or_defaults(raw_pool: pd.DataFrame) -> str:
    market = market_of(raw_pool)
    sizes = ", ".join(f"{_PLAIN[name]} {value:g}" for name, value in MARKET_DEFAULTS[market].values.items())
    return f"--market-defaults {market} stands in ({sizes}), or set data.defaults, or give instruments.parquet"


def default_lines(raw_pool: pd.DataFrame) -> list[str]:
    """What to paste where metadata is missing: an option of `run`, or a line of a profile in tvselect.toml."""
    market = market_of(raw_pool)
    values = ", ".join(f"{name} = {value:g}" for name, value in MARKET_DEFAULTS[market].values.items())
    return [f"--market-defaults {market}", f"data.defaults = {{ {values} }}"]


def _missing_prices(tables: Tables) -> str:
    """Which of high and low there are no values of at all."""
    if tables.bars is None:
        return "bars"
    absent = [name for name in ("high", "low") if name not in tables.bars or not tables.bars[name].notna().any()]
    return " and ".join(absent)


def _comparison(gate: Any) -> str:
    return f"{gate.feature} {gate.op} {gate.threshold:g}"


def _folded(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _files(kind: str, tables: Tables) -> str:
    return ", ".join(_place(source) for source in tables.sources if source.kind == kind) or "as given"


def _place(source: Source) -> str:
    if source.what:
        return f"{source.uri} ({source.what})"
    return source.uri if source.version is None else f"version {source.version.version} of the lakehouse"


def _extent(frame: pd.DataFrame, kind: str) -> str:
    if not len(frame):
        return "no rows"
    days = frame["date"] if kind == "bars" else frame.index
    symbols = frame["symbol"].nunique() if kind == "bars" else frame.shape[1]
    return f"{len(frame):,} rows, {symbols:,} symbols, {pd.Timestamp(days.min()):%Y-%m-%d} to {pd.Timestamp(days.max()):%Y-%m-%d}"
