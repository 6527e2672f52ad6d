"""The document of `tvselect shadow`: what a desk signs before it switches from v3.4 to v4.

`shadow_document` runs both policies and holds everything, ready for JSON; `shadow_text` is the same as Markdown.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from itertools import pairwise
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.contents import inside, read_once
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.json_files import json_value
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, timestamp
from tradingview_scraper.pipelines.selection.drivers.migration.shadow import (
    Change,
    Flip,
    Shadow,
    Step,
    causes,
    shadowed,
)
from tradingview_scraper.pipelines.selection.lineage.record.files import write_atomically

Document = Mapping[str, Any]


def shadow_document(
    project: Path,
    data: Path | None = None,
    as_of: str | None = None,
    incumbent: Path | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Both policies on one input. Call it inside `project_on_path(project)`.

    Raises `ConfigurationError` where the date or a setting can't be used, `DataContractError` where the data can't.
    """
    moment = timestamp(as_of)
    folder = data or inside(project, "data")

    def progress(number: int, count: int, flip: Flip) -> None:
        tell(f"{number}/{count} {flip.setting}")

    found = shadowed(
        folder,
        moment,
        project=project,
        incumbent=None if incumbent is None else json_value(read_once(incumbent, incumbent.name)),
        tell=progress,
    )
    return {
        "data": folder.resolve().name,
        "as_of": None if moment is None else str(moment.date()),
        "version": metadata.version("tvselect"),
        "sources": [{"name": source.name, "rows": source.rows, "digest": source.digest} for source in found.sources],
        "incumbent": side(found.incumbent),
        "v4": side(found.v4),
        "differences": differences(found),
    }


def side(selection: Selection) -> dict[str, Any]:
    """One policy's result in figures."""
    directions = [str(winner["direction"]) for winner in selection.portfolio_candidates]
    return {
        "pool": len(selection.context.raw_pool),
        "winners": len(directions),
        "long": directions.count("LONG"),
        "short": directions.count("SHORT"),
        "rung": selection.rungs[-1].number,
        "clusters": int(selection.context.clusters["cluster"].nunique()),
    }


def differences(found: Shadow) -> dict[str, Any]:
    """The changes, winners first, what they are charged to, and the path of flips."""
    winners = [change for change in found.changes if change.of_a_winner]
    others = [change for change in found.changes if not change.of_a_winner]
    return {
        "winners": [_change(change, found) for change in winners],
        "others": [_change(change, found) for change in others],
        "causes_of_winners": causes(winners),
        "causes_of_others": causes(others),
        "moved_and_back": list(found.passing),
        "flips": [_flip(before, step) for before, step in pairwise(found.steps)],
    }


def _change(change: Change, found: Shadow) -> dict[str, Any]:
    scores = [selection.conviction.get(change.asset) for selection in (found.incumbent, found.v4)]
    before, after = (None if score is None else float(score) for score in scores)
    return {
        "asset": change.asset,
        "incumbent": change.before,
        "v4": change.after,
        "cause": change.cause,
        "path": [{"setting": setting, "to": fate} for setting, fate in change.path],
        "scores": {"incumbent": before, "v4": after},
    }


def _flip(before: Step, step: Step) -> dict[str, Any]:
    flip = step.flip or Flip("", None, None)
    moved = [asset for asset in {**before.fates, **step.fates} if before.fates.get(asset) != step.fates.get(asset)]
    return {
        "setting": flip.setting,
        "incumbent": str(flip.incumbent),
        "v4": str(flip.v4),
        "moved": len(moved),
        "winners": sum(fate.startswith("winner") for fate in step.fates.values()),
        "rung": step.rung,
    }


def shadow_text(document: Document) -> str:
    """The document as Markdown."""
    found = document["differences"]
    lines = [
        f"# v3.4 and v4 on {document['data']}, as of {document['as_of'] or 'the last day there is'}",
        "",
        *_heads(document),
        "",
        "## Winners that differ",
        *_winners(found["winners"]),
        "",
        "## Causes",
        *_causes(found),
        "",
        "An asset is charged to the setting after whose flip it stays as v4 has it: one setting an asset, so the numbers add "
        "up to the whole difference. The flips were made in the order below; where it takes two settings for a change, "
        "the later one is named, and another order could name the other. A flip that changes the rung also moves assets "
        "that it doesn't touch itself. docs/parity.md says what each setting is.",
        "",
        "## The settings, in the order in which they were flipped",
        *_flips(found["flips"]),
        "",
        "## Assets that win under neither, but for another reason",
        *_others(found["others"]),
        "",
        "## Signed",
        "",
        "| name | date | switch over: yes / no |",
        "| --- | --- | --- |",
        "|  |  |  |",
        "",
    ]
    return "\n".join(lines)


def _heads(document: Document) -> list[str]:
    rows = [
        f"| {name} | {document[name]['pool']} | {document[name]['winners']} | {document[name]['long']} | "
        f"{document[name]['short']} | {document[name]['clusters']} | {document[name]['rung']} |"
        for name in ("incumbent", "v4")
    ]
    sources = "; ".join(
        f"{source['name']} ({source['rows']} rows, {source['digest']})" for source in document["sources"]
    )
    return [
        "|  | pool | winners | long | short | clusters | rung |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        rows[0].replace("| incumbent |", "| v3.4 |"),
        rows[1],
        "",
        f"Both by tvselect {document['version']}, which reproduces v3.4 bit for bit (`tvselect parity`). The shape of the input "
        "is v4's in both: symbols joined, rows looked at, pool of the candidates. Read: " + sources + ".",
    ]


def _winners(changes: Sequence[Document]) -> list[str]:
    if not changes:
        return ["", "None."]
    rows = [
        f"| {change['asset']} | {change['incumbent']} | {change['v4']} | `{change['cause']}` | "
        f"{_score(change['scores']['incumbent'])} | {_score(change['scores']['v4'])} | {_path(change['path'])} |"
        for change in changes
    ]
    heads = "| asset | v3.4 | v4 | cause | score v3.4 | score v4 | moved before by |"
    return [
        "",
        f"{len(changes)} assets win under one of the two only, or in another direction.",
        "",
        heads,
        _rule(7),
        *rows,
    ]


def _path(path: Sequence[Document]) -> str:
    return "; ".join(f"`{move['setting']}`: {move['to']}" for move in path[:-1])


def _score(score: float | None) -> str:
    return "" if score is None else f"{score:.4g}"


def _causes(found: Document) -> list[str]:
    names = {**found["causes_of_winners"], **found["causes_of_others"]}
    rows = [
        f"| `{name}` | {found['causes_of_winners'].get(name, 0)} | {found['causes_of_others'].get(name, 0)} |"
        for name in names
    ]
    total = f"| all | {len(found['winners'])} | {len(found['others'])} |"
    back = ", ".join(found["moved_and_back"])
    tail = ["", f"Moved by some flip and back by a later one: {back}."] if back else []
    return ["", "| setting | winners that differ | others that differ |", _rule(3), *rows, total, *tail, ""]


def _flips(flips: Sequence[Document]) -> list[str]:
    rows = [
        f"| {number} | `{flip['setting']}` | {flip['incumbent']} | {flip['v4']} | {flip['moved']} | {flip['winners']} | "
        f"{flip['rung']} |"
        for number, flip in enumerate(flips, start=1)
    ]
    return ["", "| # | setting | v3.4 | v4 | assets moved | winners then | rung then |", _rule(7), *rows]


def _others(changes: Sequence[Document]) -> list[str]:
    if not changes:
        return ["", "None."]
    rows = [
        f"| {change['asset']} | {change['incumbent']} | {change['v4']} | `{change['cause']}` |" for change in changes
    ]
    return ["", "| asset | v3.4 | v4 | cause |", _rule(4), *rows]


def _rule(columns: int) -> str:
    return "| " + " | ".join(["---"] * columns) + " |"


def write(path: Path, text: str) -> None:
    """Write the document; a half one never stands under its name."""
    write_atomically(path, text.encode())
