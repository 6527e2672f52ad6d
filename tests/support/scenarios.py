"""Real runs on the simulated market in which winners come by every route, and come, stay or go for every reason."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.drivers.recording.run import run

AS_OF = "2026-06-30"
UNPROPOSED, BARLESS = "OXUM", "SVGA"
# Nearly every sound asset is eligible, so that assets compete for seats and identities.
LAX = {
    "gates.efficiency.threshold": 0.01,
    "gates.adx.threshold": 5,
    "gates.random_walk.enabled": False,
    "gates.net_edge.enabled": False,
    "gates.momentum.enabled": False,
    "gates.toxicity.enabled": False,
}
SETTINGS: Mapping[str, dict[str, Any]] = {
    "usual": {},
    "strict": {"recruitment.floor": 9},
    "represented": {"recruitment.floor": 30},
    "filled": {"recruitment.floor": 60},
    "half filled": {"recruitment.floor": 45},
    "without benchmark": {"benchmarks": []},
    "one gate less": {"gates.efficiency.enabled": False},
    "steeper": {"gates.adx.threshold": 26, "recruitment.floor": 40},
    "few seats": {"recruitment.top_n": 1, "recruitment.floor": 10},
    "turned": {"compat.winner_direction": "momentum"},
    "lax": LAX,
}


def scenarios(project: Path) -> dict[str, Path]:
    """Scenario to its run's folder, in a project as `init` makes it."""
    found = {name: run(project, as_of=AS_OF, settings=settings).folder for name, settings in SETTINGS.items()}
    taken = standings(found["lax"]).query("outcome == 'identity taken'").index[0]
    pool = pd.read_parquet(found["lax"] / "pool.parquet").set_index("symbol")
    twins = pool.index[pool["identity"] == pool.at[taken, "identity"]]
    holders = {name: "the other one's turn" for name in twins if standings(found["lax"]).at[name, "route"]}
    found["lax without holder"] = run(project, as_of=AS_OF, settings={**LAX, "data.exclude": holders}).folder
    found["other data"] = run(project, data=other_data(project), as_of=AS_OF).folder
    return found


def other_data(project: Path) -> Path:
    """The project's data, where one asset isn't proposed and another has no bars."""
    place = project / "data-of-others"
    for path in sorted((project / "data").rglob("*")):
        target = place / path.relative_to(project / "data")
        if path.is_dir():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.parent.name == "scans":
            scan = json.loads(path.read_text())
            scan["data"] = [row for row in scan["data"] if row["symbol"].split(":")[1] != UNPROPOSED]
            target.write_text(json.dumps(scan))
        else:
            target.write_bytes(path.read_bytes())
    bars = pd.read_parquet(place / "bars.parquet")
    bars[bars["symbol"] != BARLESS].to_parquet(place / "bars.parquet")
    return place


def standings(folder: Path) -> pd.DataFrame:
    """The standings of a run, by symbol."""
    return pd.read_parquet(folder / "standings.parquet").set_index("symbol")


def decisions(folder: Path) -> pd.DataFrame:
    """The decisions of a run, by symbol and gate, with plain columns."""
    frame = pd.read_parquet(folder / "decisions.parquet")
    for column in ("symbol", "gate", "kind", "verdict", "waived_by"):
        frame[column] = frame[column].astype(str)
    return frame.set_index(["symbol", "gate"])


def failures(folder: Path) -> dict[str, list[str]]:
    """Winner to the gates that it fails, from the decisions alone."""
    won = standings(folder).query("route != ''").index
    frame = decisions(folder)
    failed = frame[~frame["passed"]].reset_index()
    return {name: sorted(failed.loc[failed["symbol"] == name, "gate"]) for name in won}


def pairs(found: Mapping[str, Path]) -> Iterator[tuple[str, str]]:
    """Every ordered pair of scenarios."""
    return ((one, other) for one in found for other in found if one != other)
