"""Who belongs to the universe on a day: a pool from a table of members is one of then, not of those who survived.

`members` finds the assets that the rows of the last session mean, `in_universe` keeps them and the benchmarks, which are no
candidates for a place, `without_place` names the others.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from tradingview_scraper.pipelines.selection.dataflow.components import Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.matching import Matcher
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError, offenders
from tradingview_scraper.pipelines.selection.schemas.settings import DataSettings


def members(tables: Tables, matcher: Matcher, data: DataSettings) -> dict[str, str] | None:
    """Asset to its sector (empty: unknown) for each member on the last session; None where everybody may be in the pool.

    A row holds from `valid_from` to the day before `valid_to`. Raises `DataContractError` where nobody belongs on that day, or no
    member has returns.
    """
    if tables.membership is None or data.membership == "ignore" or tables.last_session is None:
        return None
    rows, day = tables.membership, tables.last_session
    held = (rows["valid_from"] <= day) & ~(rows["valid_to"] <= day)
    now = rows.loc[held.to_numpy()].sort_values(["symbol", "valid_from"])
    found: dict[str, str] = {}
    for symbol, sector in zip(now["symbol"].astype(str), now["sector"], strict=True):
        match = matcher.match(symbol)
        if match is not None:
            found[match.asset] = sector if isinstance(sector, str) else ""
    if not found:
        named = f"none of its members ({offenders(now['symbol'].astype(str))}) has returns" if len(now) else ""
        raise DataContractError(
            f"ingestion: membership leaves nobody on {day.date()}: {named or 'no row holds on that day'}. Bring it up to date, "
            'check its symbols, or set data.membership = "ignore"'
        )
    return found


def in_universe(
    assets: Iterable[str], members: Mapping[str, str] | None, benchmarks: Sequence[str], matcher: Matcher
) -> list[str]:
    """The assets that are members or benchmarks, in their order; all where there is no table of members."""
    if members is None:
        return list(assets)
    found = {match.asset for name in benchmarks if (match := matcher.match(name)) is not None}
    return [name for name in assets if name in members or name in found]


def without_place(proposed: Iterable[str], pool: Collection[str]) -> list[str]:
    """Those that would be in the pool, were they members; sorted."""
    return sorted({*proposed} - {*pool})
