"""What was decided, as static HTML: the verdict, the killing gate, the ladder, the gates one after the other."""

from collections.abc import Mapping
from typing import Any

from tradingview_scraper.pipelines.selection.lineage.page.markup import (
    OPERATORS,
    Cell,
    Column,
    Html,
    bar,
    element,
    facts,
    fold,
    joined,
    number,
    plural,
    row,
    shown_number,
    table,
    words,
)
from tradingview_scraper.pipelines.selection.lineage.page.model_section import models_html

Data = Mapping[str, Any]
LADDER_BAR = 200


def title_text(data: Data) -> str:
    """What the page is, in one line."""
    return f"Selection by {data['profile']} as of {data['as_of']}"


def verdict_html(data: Data) -> Html:
    """Headline, killing gate, figures, facts; settings and files folded."""
    figures, ladder = data["figures"], data["ladder"]
    champion = next(scorer for scorer in data["scorers"] if scorer["role"] == "champion")
    last = ladder[data["rung"] - 1]
    floor = "reached" if data["reached_floor"] else "not reached after the last rung"
    pairs = [
        ("profile", data["profile"]),
        ("floor", f"{plural(data['floor'], 'winner')}: {floor}"),
        ("as of", f"{data['as_of']}, the last of {plural(data['days'], 'day')} of returns (from {data['first_day']})"),
        ("rung", f"{data['rung']} of {len(ladder)}, {last['name']}; recruitment: {last['recruit']}"),
        ("champion", f"{champion['name']} ({champion['kind']})"),
        *((f"winners by {per}", _tally(figures, f"winners_{per}.")) for per in ("route", "direction", "sector")),
        (
            "settings",
            element("code", data["settings_digest"], title="digest of settings.toml", data_testid="settings-digest"),
        ),
    ]
    return joined(
        [
            element(
                "p",
                element("b", data["headline"], class_="met" if data["reached_floor"] else "missed"),
                ".",
                class_="headline",
            ),
            element("p", killing_gate_text(data), data_testid="killing-gate"),
            findings_html(data),
            causality_html(data),
            element("div", *(_figure(data, *each) for each in _headline_figures(data)), class_="figures"),
            facts(pairs),
            models_html(data),
            fold("All figures", _figures_table(data)),
            fold("Settings, as resolved", element("pre", data["settings"], tabindex=0)),
            _files(data),
        ]
    )


def findings_html(data: Data) -> Html | None:
    """What of the settings moves nothing, whom the own trend contradicts; a page from before that says nothing."""
    found = data.get("findings", ())
    return (
        element("ul", *(element("li", text) for text in found), class_="note", data_testid="findings")
        if found
        else None
    )


def causality_html(data: Data) -> Html | None:
    """What the project's certificates said of the profile when the run began; a page from before that says nothing."""
    found = data.get("causality")
    return element("p", f"Causality: {found}.", class_="note", data_testid="causality") if found else None


def killing_gate_text(data: Data) -> str:
    """The gate that most assets fail at the last rung; of several the first in the funnel's order."""
    funnel = data["funnel"]
    stopped = f"{shown_number(funnel['pool'] - funnel['eligible'])} of {plural(funnel['pool'], 'asset')}"
    worst = max(funnel["steps"], key=lambda step: step["stops"], default=None)
    if worst is None or not worst["stops"]:
        return f"No gate stops an asset at rung {data['rung']}."
    gate = next(gate for gate in data["gates"] if gate["gate"] == worst["gate"])
    return (
        f"Gates stop {stopped} at rung {data['rung']}. The gate that stops most is {worst['gate']} ({gate['kind']}): "
        f"{shown_number(worst['stops'])} fail {_rule(gate)}, {shown_number(worst['stops_alone'])} of them no other gate."
    )


def ladder_html(data: Data) -> Html:
    """The rungs with the thresholds that move, and how far they were climbed."""
    rungs = data["ladder"]
    strict = rungs[0]["thresholds"]
    moving = [
        gate
        for gate in data["gates"]
        if any(rung["thresholds"][gate["gate"]] != strict[gate["gate"]] for rung in rungs)
    ]
    columns = [
        Column("rung"),
        Column("recruits"),
        *(Column(f"{gate['gate']} {OPERATORS[gate['op']]}", numeric=True, note=gate["feature"]) for gate in moving),
        Column("eligible", numeric=True),
        Column("winners", numeric=True),
        Column("nodes run", numeric=True, note="nodes of the dataflow that were executed at this rung"),
        Column("eligible, winners, floor", picture=True),
    ]
    top = max(1, data["floor"], *(max(rung.get("eligible", 0), rung.get("winners", 0)) for rung in rungs))
    rows = []
    for rung in rungs:
        moved = [(rung["thresholds"][gate["gate"]], strict[gate["gate"]]) for gate in moving]
        cells = [
            f"{rung['rung']} {rung['name']}",
            rung["recruit"],
            *(Cell(shown_number(now), now, "loosened" if now != first else "") for now, first in moved),
            *(number(rung.get(name)) for name in ("eligible", "winners", "executed")),
            _ladder_bars(rung, data["floor"], top),
        ]
        state = "unused" if "winners" not in rung else "on" if rung["rung"] == data["rung"] else None
        rows.append(row(columns, cells, class_=state))
    text = (
        "Thresholds only loosen from rung to rung; the climb stops at the first rung with at least "
        f"{plural(data['floor'], 'winner')}. Bold thresholds differ from rung 1."
    )
    legend = (
        "In the bars: eligible assets above, winners below, the dashed line is the floor "
        f"({shown_number(data['floor'])})."
    )
    return joined(
        [
            element("p", text),
            table("rungs", "Rungs of the ladder.", columns, rows, sortable=False),
            element("p", legend, class_="note"),
        ]
    )


def funnel_html(data: Data) -> Html:
    """Gates one after the other, hard ones first: how many assets are left, how many each stops."""
    funnel, gates = data["funnel"], {gate["gate"]: gate for gate in data["gates"]}
    columns = [
        Column("step"),
        Column("rule"),
        Column("left (assets)", numeric=True),
        Column("share of the pool", picture=True),
        Column("fail it", numeric=True, note="assets that fail this gate, whatever other gates say"),
        Column("fail it alone", numeric=True, note="assets that fail no other gate"),
    ]
    whole = max(1, funnel["pool"])

    def line(name: str, rule: Any, left: int, kind: str, step: Data | None) -> Html:
        stops = [number(step["stops"]), number(step["stops_alone"])] if step else ["", ""]
        return row(columns, [name, rule, number(left), bar(left / whole, kind), *stops])

    routes = ", ".join(f"{count} {name}" for name, count in funnel["routes"].items())
    rows = [
        line("pool", "", funnel["pool"], "", None),
        *(
            line(
                step["gate"],
                [element("span", step["kind"], class_="tag"), " ", _rule(gates[step["gate"]])],
                step["left"],
                "hard" if step["kind"] == "hard" else "",
                step,
            )
            for step in funnel["steps"]
        ),
        line("eligible", "", funnel["eligible"], "", None),
        line("winners", routes, funnel["winners"], "winner", None),
    ]
    outcomes = ", ".join(f"{shown_number(count)} {name}" for name, count in funnel["outcomes"].items())
    return joined(
        [
            element(
                "p", "How many assets are left after each gate, hard gates first, at the thresholds of the last rung."
            ),
            table("funnel-steps", "Gates one after the other.", columns, rows, sortable=False),
            element("p", f"Outcomes: {outcomes}.", class_="note"),
        ]
    )


def _rule(gate: Data) -> str:
    return f"{words(gate['feature'])} {OPERATORS[gate['op']]} {shown_number(gate['threshold'])}"


def _headline_figures(data: Data) -> list[tuple[str, float | None, str]]:
    figures = data["figures"]

    def shown(name: str, digits: int = 3) -> str:
        return shown_number(figures[name], digits)

    return [
        ("winners", len(data["winners"]), f"winners, of {plural(data['funnel']['pool'], 'asset')} in the pool"),
        ("eligible", data["funnel"]["eligible"], "eligible: fail no gate"),
        (
            "clusters",
            figures["clusters"],
            f"clusters; density {shown('cluster_density')}, mean size {shown('cluster_mean_size')}, "
            f"effective number {shown('cluster_effective_number')}",
        ),
        (
            "average_conviction",
            figures["average_conviction"],
            f"mean conviction of winners (pool: {shown('average_conviction_pool', 4)})",
        ),
        (
            "winners_diversity",
            figures["winners_diversity"],
            f"diversity of winners: 1 \u2212 mean correlation (pool: {shown('pool_diversity', 4)})",
        ),
        ("winners_effective_bets", figures["winners_effective_bets"], "effective number of bets among winners"),
    ]


def _figure(data: Data, name: str, value: float | None, text: str) -> Html:
    shown = element("span", shown_number(value), data_value="" if value is None else value)
    return element("div", element("b", shown), element("span", text), class_="figure", data_figure=name)


def _figures_table(data: Data) -> Html:
    columns = [Column("figure"), Column("value", numeric=True), Column("note")]
    rows = [
        row(columns, [name, number(value, 6), data["figure_notes"].get(name, "")])
        for name, value in data["figures"].items()
    ]
    return table("figures", "Figures of the run, as the ledger has them.", columns, rows)


def _files(data: Data) -> Html | None:
    """The digests of what lies beside the page; a page that was made without them has none."""
    if "artifacts" not in data:
        return None
    columns = [Column("file"), Column("bytes", numeric=True), Column("digest")]
    rows = [
        row(columns, [file["name"], number(file["bytes"]), element("code", file["digest"])])
        for file in data["artifacts"]
    ]
    return fold(
        "Files beside this page",
        table("artifacts", "Files beside this page, with the digests that the ledger has.", columns, rows),
    )


def _tally(figures: Data, prefix: str) -> str:
    found = [f"{count} {name.removeprefix(prefix)}" for name, count in figures.items() if name.startswith(prefix)]
    return ", ".join(found) or "none"


def _ladder_bars(rung: Data, floor: int, top: int) -> Any:
    if "winners" not in rung:
        return "not needed"
    eligible, winners, line = (
        f"{LADDER_BAR * count / top:.1f}" for count in (rung["eligible"], rung["winners"], floor)
    )
    label = f"{rung['eligible']} eligible, {rung['winners']} winners, floor {floor}"
    return element(
        "svg",
        element("rect", class_="bar", y=2, width=eligible, height=9),
        element("rect", class_="bar winner", y=14, width=winners, height=9),
        element("path", class_="floor", d=f"M{line} 0V26"),
        class_="mini",
        width=LADDER_BAR + 6,
        height=26,
        role="img",
        aria_label=label,
    )
