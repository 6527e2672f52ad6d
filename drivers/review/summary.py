"""A run as it lies on disk, for `show` and for the end of `run`. Reads JSON only, so that it starts at once."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.review.fragility_text import KINDS
from tradingview_scraper.pipelines.selection.lineage.record.certificate_state import certificate_words
from tradingview_scraper.pipelines.selection.lineage.record.headline import headline, recruitment
from tradingview_scraper.pipelines.selection.lineage.record.model_text import age_text, learned_text, worth_text
from tradingview_scraper.pipelines.selection.lineage.record.pool_findings import pool_findings
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord
from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder
from tradingview_scraper.pipelines.selection.schemas.run_files import CANDIDATES

# How a candidate found its asset, where not by its exact name.
JOINS = {
    "exchange": "without the exchange",
    "spelling": "in another spelling",
    "suffix": "without the contract suffix",
    "contract": "with another contract of the pair",
}
# Said of the assets of which they hold; `dataflow/ingestion/remarks.py` says when.
REMARKS = {
    "days_alone": "with returns on days when their market is closed",
    "days_before_first": "begin after their market",
    "days_unmoved": "with days on which the price stands still",
    "large_steps": "with steps that a split may hide behind",
    "value_traded_of_bars": "without a stated traded value: the bars'",
    "value_traded_unlike_bars": "whose stated traded value is far from the bars'",
    "value_traded_unchecked": "whose stated traded value no bar of late bears out",
    "direction_in_other_words": "whose direction is in other words than LONG or SHORT",
    "direction_empty": "whose direction says nothing: LONG",
}
SHOWN_FIGURES = (
    "clusters",
    "cluster_density",
    "cluster_effective_number",
    "average_conviction",
    "average_conviction_pool",
    "pool_diversity",
    "winners_diversity",
    "winners_effective_bets",
)


def run_summary(project: Path, reference: str) -> dict[str, Any]:
    """What happened in a run: receipt, headline, inputs, coverage, ladder, winners, figures, or the error that ended it."""
    run = RunRecord(run_folder(project, reference))
    summary: dict[str, Any] = {**run.receipt, "folder": str(run.folder)}
    if run.closing["event"] == "run.failed":
        return {**summary, "error": run.closing["tags"]}
    ways = recruitment(run.manifest)
    return {
        **summary,
        # Asked for by name, so that a receipt without them is refused.
        **{fact: run.receipt[fact] for fact in ("profile", "as_of")},
        "head": {part: run.receipt["head"][part] for part in ("size", "hash")},
        "headline": headline(run.manifest, run.rung["name"], run.params["recruitment.floor"]),
        "inputs": run.closing["inputs"],
        "coverage": run.coverage,
        "certificate": run.opening.get("certificate"),
        "beyond": run.closing.get("horizon", {}).get("beyond", {}),
        "rungs": run.of_kind("rung.completed"),
        "stages": run.of_kind("stage.completed"),
        "candidates": run.needed_document(CANDIDATES),
        "recruitment": {asset: {"route": route, "fails": fails} for asset, (route, fails) in ways.items()},
        "atoms": [atom["id"] for atom in run.manifest["atoms"]],
        "metrics": run.closing["metrics"],
        "fragility": run.closing.get("fragility"),
        "findings": pool_findings(run.closing["metrics"], run.params["data.lookback"]),
        "scorers": run.closing["scorers"],
        "artifacts": run.closing["artifacts"],
    }


def summary_text(summary: Mapping[str, Any]) -> str:
    """The summary for a terminal."""
    if "error" in summary:
        return f"{summary['run_id']}  FAILED  {summary['error']['error']}: {summary['error']['message']}"
    return "\n".join(
        [
            f"{summary['run_id']}  {summary['profile']}  as of {summary['as_of'] or 'the last day'}",
            summary["headline"],
            *summary["beyond"].values(),
            "",
            *_coverage_lines(summary["coverage"]),
            "",
            *_ladder_lines(summary["rungs"]),
            "",
            *_winner_lines(summary["candidates"], summary["recruitment"]),
            "",
            *_figure_lines(summary["metrics"]),
            *_fragility_lines(summary),
            *(f"finding   {text}" for text in summary["findings"]),
            *([f"causality {certificate_words(found)}"] if (found := summary.get("certificate")) else []),
            "",
            *_challenger_lines(summary["scorers"]),
            *_model_lines(summary["scorers"]),
            f"{len(summary['candidates'])} winners, {len(summary['atoms'])} strategy atoms in {summary['folder']}",
            f"ledger head {summary['head']['size']}:{summary['head']['hash']}",
        ]
    )


def _coverage_lines(coverage: Mapping[str, Any]) -> list[str]:
    partnerless, unnamed = coverage["candidates_without_bars"], coverage["bars_without_candidates"]
    lines = [
        f"pool      {coverage['pool']} assets of {coverage['assets_with_returns']} with returns over {coverage['days']} days, "
        f"{coverage['candidates']} candidates",
        f"coverage  {_some(partnerless, 'candidate without bars', 'candidates without bars')}; "
        f"{_some(unnamed, 'asset without candidate', 'assets without candidate')}; {len(coverage['superseded'])} superseded",
    ]
    if outside := coverage.get("not_members"):
        lines.append(
            f"left out  {_some(outside, 'asset that is no member', 'assets that are no members')} of the universe"
        )
    lines += _join_lines(coverage)
    for treatment, reasons in coverage["treatments"].items():
        counted = ", ".join(f"{count} {reason}" for reason, count in reasons.items())
        lines.append(f"{treatment:9} {sum(reasons.values())} cells or rows: {counted}")
    if coverage["missing_cells"]:
        missing = ", ".join(f"{count} {name}" for name, count in coverage["missing_cells"].items())
        lines.append(f"unknown   {sum(coverage['missing_cells'].values())} cells of the bars: {missing}")
    if coverage["suspicious"]:
        lines.append(
            f"suspect   {_some(coverage['suspicious'], 'asset', 'assets')}: the gate `plausibility` stops them"
        )
    if coverage["remarks"]:
        counted = "; ".join(f"{len(assets)} {REMARKS[kind]}" for kind, assets in coverage["remarks"].items())
        lines.append(f"remarks   on assets, which are believed all the same (coverage.json): {counted}")
    for market, counts in coverage["stale"].items():
        lines.append(
            f"stale     {counts['stale']} of {counts['assets']} assets of {market or 'no market'} have no bar of the last days; "
            f"their market's newest bar is {counts['days_since_its_last_bar']} days old"
        )
    return [*lines, *(f"note      {note}" for note in coverage["notes"])]


def _join_lines(coverage: Mapping[str, Any]) -> list[str]:
    """How the candidates found their assets where it wasn't by name, and what a person should look at."""
    joins = [
        f"{coverage['joins'][how]} {JOINS[how]} ({examples[0]})" for how, examples in coverage["loose_joins"].items()
    ]
    lines = [f"joins     {'; '.join(joins)}"] if joins else []
    assumed = coverage["exchanges_assumed"]
    if len(assumed) > 1:
        counted = ", ".join(
            f"{exchange} {len(names)}" + (f" ({', '.join(names[:3])})" if len(names) < 4 else "")
            for exchange, names in assumed.items()
        )
        lines.append(f"exchange  the bars name none; taken from the candidates: {counted}")
    for what, names in (
        ("in doubt ", coverage["joins_in_doubt"]),
        ("left out  candidates of another exchange:", coverage["other_exchange"]),
        *((f"left out  rows of {table}:", names) for table, names in coverage["passed_over"].items()),
        ("unknown   the profile's lists name", coverage["listed_but_unknown"]),
    ):
        if names:
            lines.append(f"{what} {'; '.join(names[:3])}{' ...' if len(names) > 3 else ''} ({len(names)})")
    return lines


def _some(names: Sequence[str], one: str, many: str) -> str:
    shown = ", ".join(names[:3]) + (" ..." if len(names) > 3 else "")
    return f"{len(names)} {one if len(names) == 1 else many}" + (f" ({shown})" if names else "")


def _ladder_lines(rungs: Iterable[Mapping[str, Any]]) -> list[str]:
    lines = ["rung                 eligible  winners  nodes      ms"]
    for rung in rungs:
        lines.append(
            f"{rung['rung']} {rung['name']:18} {rung['eligible']:>8} {rung['winners']:>8} {rung['executed']:>6} "
            f"{rung['milliseconds']:>7.0f}"
        )
    return lines


def _winner_lines(candidates: Sequence[Mapping[str, Any]], ways: Mapping[str, Mapping[str, Any]]) -> list[str]:
    width = max([len(candidate["symbol"]) for candidate in candidates] + [6])
    lines = [f"{'winner':{width}}  direction  logic              conviction"]
    for candidate in candidates:
        note = _recruited(ways[candidate["symbol"]])
        lines.append(
            f"{candidate['symbol']:{width}}  {candidate['direction']:9}  {candidate['logic']:16} "
            f"{candidate['alpha_score']:>12.6g}" + (f"  {note}" if note else "")
        )
    return lines


def _recruited(way: Mapping[str, Any]) -> str:
    """The route of a winner that isn't ranked, and the gates that it fails."""
    route = "" if way["route"] == "ranked" else str(way["route"])
    fails = f"fails {', '.join(way['fails'])}" if way["fails"] else ""
    return ", ".join(part for part in (route, fails) if part)


def _figure_lines(metrics: Mapping[str, Any]) -> list[str]:
    return [f"{name:28} {_figure(metrics[name])}" for name in SHOWN_FIGURES]


def _fragility_lines(summary: Mapping[str, Any]) -> list[str]:
    """Of each kind of draw the share of the list that stays; nothing where the run didn't measure it."""
    asked = summary.get("fragility")
    if not asked:
        return []
    stays = {text: summary["metrics"].get(f"list_stays.{kind}") for kind, text in KINDS.items()}
    told = ", ".join(f"{_figure(share)} in {text}" for text, share in stays.items() if share is not None)
    cost = f"{asked['selections']} selections more, {asked['milliseconds'] / 1000:.1f} s"
    return [f"fragility share of the list that stays: {told} ({cost})"]


def _challenger_lines(scorers: Iterable[Mapping[str, Any]]) -> list[str]:
    """How far each challenger's list and ranks agree with the champion's; nothing where there is none, or an old record."""
    lines = []
    for scorer in scorers:
        if scorer["role"] == "champion" or "differs" not in scorer:
            continue
        found = scorer["metrics"]
        apart = ", ".join(f"{each['asset']} {each['rank']} ({each['champion_rank']})" for each in scorer["differs"][:3])
        lines.append(
            f"challenger {scorer['name']}: {found['winners']} winners at rung {found['rung']}, {found['winners_shared']} of them "
            f"the champion's (Jaccard {_figure(found['winners_jaccard'])}), rank correlation "
            f"{_figure(found['rank_correlation'])}"
        )
        lines += [f"  ranks lie furthest apart (the champion's in brackets) at {apart}"] if apart else []
    return [*lines, ""] if lines else []


def _model_lines(scorers: Iterable[Mapping[str, Any]]) -> list[str]:
    """What the card of each learned scorer's model says, and how old it was."""
    lines = []
    for scorer in scorers:
        if facts := scorer.get("model"):
            lines += [
                f"model {facts['file']} of {scorer['name']} ({scorer['role']})",
                *(f"  {text}" for text in (learned_text(facts), worth_text(facts), age_text(facts))),
                *(f"  limit: {text}" for text in facts["limits"]),
            ]
    return [*lines, ""] if lines else []


def _figure(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, int | float) else "-"
