"""Why each winner of two runs came, stayed or went: the only place that says it, for `diff` and for `report --against`.

A sentence about the earlier run stands in the past tense, one about the later run in the present, so that `failed adx` and
`passes adx` each hold by that run's own record. In this order: `fates` (a fate per winner of either run), the three kinds
of fate, how a winner came in, gates, ranks, the pool.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tradingview_scraper.pipelines.selection.lineage.record.run_record import Row, RunRecord, best_first

Change = Literal["came", "stayed", "went"]
Decisions = Mapping[str, Row]
VETOES = ("hard veto", "vetoed")
RECRUITED = {"representative": ("representatives", "fill"), "fill": ("fill",)}
"""Route to the recruitment rules that take it."""


@dataclass(frozen=True)
class Fate:
    """What became of one winner of either run, with its standing in each (None outside the pool)."""

    symbol: str
    change: Change
    before: Row | None
    now: Row | None
    reason: str
    """Empty where it stayed and nothing about it changed."""

    @property
    def winner(self) -> Row:
        """Its standing in the run that it won, the later one if both."""
        found = self.before if self.change == "went" else self.now
        assert found is not None, "a winner stands in its pool"
        return found


@dataclass(frozen=True)
class _Side:
    """One asset in one run, and the tense in which that run is spoken of."""

    run: RunRecord
    symbol: str
    decisions: Decisions
    past: bool

    @property
    def standing(self) -> Row | None:
        return self.run.standings.get(self.symbol)

    @property
    def rung(self) -> int:
        return int(self.run.rung["rung"])

    @property
    def be(self) -> str:
        return "was" if self.past else "is"

    @property
    def have(self) -> str:
        return "had" if self.past else "has"


def fates(before: RunRecord, now: RunRecord) -> list[Fate]:
    """The fate of every winner of either run: the later run's winners, best first, then those that went."""
    symbols = list(dict.fromkeys([*now.winners, *before.winners]))
    decided = before.decisions(symbols), now.decisions(symbols)
    return [
        _fate(_Side(before, symbol, decided[0][symbol], True), _Side(now, symbol, decided[1][symbol], False))
        for symbol in symbols
    ]


def _fate(old: _Side, new: _Side) -> Fate:
    change: Change = "went"
    if new.symbol in new.run.winners:
        change = "stayed" if new.symbol in old.run.winners else "came"
    clauses = {"came": _came, "stayed": _stayed, "went": _went}[change](old, new)
    return Fate(new.symbol, change, old.standing, new.standing, "; ".join(clauses))


def _came(old: _Side, new: _Side) -> Iterator[str]:
    """What kept it out before, then how it came in now."""
    assert new.standing is not None
    if old.standing is not None and old.standing["outcome"] in VETOES:
        for gate in _stopping(old):
            if gate not in new.decisions:
                yield f"failed {_comparison(old, gate)}, a gate that there is no more"
            elif new.decisions[gate]["verdict"] == "waived":
                yield f"failed {_comparison(old, gate)}, which is waived ({new.decisions[gate]['waived_by']})"
            elif new.decisions[gate]["passed"]:
                yield f"passes {_movement(gate, old, new)}"
        yield from _not_recruited(new.standing["route"], old)
    else:
        yield _left_out(old, new)
    yield ", ".join([f"came as {_entry(new)}", *_exceptions(old, new)])


def _stayed(old: _Side, new: _Side) -> Iterator[str]:
    assert old.standing is not None
    assert new.standing is not None
    for what in ("route", "direction"):
        if old.standing[what] != new.standing[what]:
            yield f"{what} {old.standing[what]} -> {new.standing[what]}"
    if old.rung != new.rung:
        yield f"rung {old.rung} -> {new.rung}"
    if old.standing["route"] != new.standing["route"]:
        yield from _exceptions(old, new)


def _went(old: _Side, new: _Side) -> Iterator[str]:
    """How it had come in, what keeps it out now, and of a representative or fill why it isn't that any more."""
    assert old.standing is not None
    yield f"had come as {_entry(old)}"
    if new.standing is None or new.standing["outcome"] not in VETOES:
        yield _left_out(new, old)
    else:
        for gate in _stopping(new):
            if gate not in old.decisions:
                yield f"fails {_comparison(new, gate)}, a gate that there was not"
            elif old.decisions[gate]["verdict"] == "waived":
                yield f"fails {_comparison(new, gate)}, which was waived ({old.decisions[gate]['waived_by']})"
            elif not old.decisions[gate]["passed"]:
                yield f"still fails {_comparison(new, gate)}"
            else:
                yield f"fails {_movement(gate, old, new)}"
        yield from _not_recruited(old.standing["route"], new)


def _entry(side: _Side) -> str:
    assert side.standing is not None
    return f"{side.standing['route']} at rung {side.rung}"


def _exceptions(old: _Side, new: _Side) -> Iterator[str]:
    """The gates that a winner fails, and those that are waived for it and that it didn't fail before."""
    failed = _stopping(old)
    for gate in _stopping(new):
        yield f"{'still ' if gate in failed else ''}fails {_comparison(new, gate)}"
    for gate, decision in new.decisions.items():
        if decision["verdict"] == "waived" and gate not in failed:
            yield f"{gate} is waived ({decision['waived_by']})"


def _not_recruited(route: str, side: _Side) -> Iterator[str]:
    """Why an asset that only relaxable gates stop was no representative or fill (`route`) in this run."""
    standing, recruit = side.standing, side.run.rung["recruit"]
    assert standing is not None
    if route not in RECRUITED or standing["outcome"] != "vetoed":
        return
    if recruit not in RECRUITED[route]:
        yield f"rung {side.rung} {'took' if side.past else 'takes'} no {route}"
    elif (holder := _holder(side)) is not None and side.run.params["recruitment.identity_scope"] == "pool":
        yield f"{holder} {side.have} the place of its identity"
    elif route == "fill":
        yield f"better ones {'filled' if side.past else 'fill'} up to the floor"
    else:
        members = [row for row in side.run.standings.values() if row["cluster"] == standing["cluster"]]
        sent = next((row["symbol"] for row in members if row["route"] == "representative"), None)
        if any(row["eligible"] for row in members):
            yield f"cluster {standing['cluster']} {side.have} an eligible member"
        elif sent is not None:
            yield f"{sent} {'stood' if side.past else 'stands'} for cluster {standing['cluster']}"


def _stopping(side: _Side) -> list[str]:
    """The gates that the asset fails in a run, hard ones first, then by name."""
    failed = [gate for gate, decision in side.decisions.items() if not decision["passed"]]
    return sorted(failed, key=lambda gate: (side.decisions[gate]["kind"] != "hard", gate))


def _comparison(side: _Side, gate: str) -> str:
    """Such as `efficiency 0.07 >= 0.08`: what the asset fails."""
    value, threshold = _apart(side.decisions[gate]["value"], side.decisions[gate]["threshold"])
    return f"{gate} {value} {side.run.gates[gate]['op']} {threshold}"


def _movement(gate: str, old: _Side, new: _Side) -> str:
    """What moved at a gate: the value, or the threshold (by another setting or another rung) and the value."""
    was, value = _apart(old.decisions[gate]["value"], new.decisions[gate]["value"])
    ops = old.run.gates[gate]["op"], new.run.gates[gate]["op"]
    thresholds = old.decisions[gate]["threshold"], new.decisions[gate]["threshold"]
    if ops[0] == ops[1] and thresholds[0] == thresholds[1]:
        return f"{gate} {ops[1]} {_number(thresholds[1])}: {was} -> {value}"
    low, high = _apart(*thresholds)
    limits = f"{ops[1]} {low} -> {high}" if ops[0] == ops[1] else f"{ops[0]} {low} -> {ops[1]} {high}"
    by_rung = old.run.ladder[0]["thresholds"][gate] == new.run.ladder[0]["thresholds"][gate] and old.rung != new.rung
    rungs = f" (rung {old.rung} -> {new.rung})" if by_rung else ""
    return f"{gate}: threshold {limits}{rungs}, value {' -> '.join(dict.fromkeys([was, value]))}"


def _left_out(side: _Side, other: _Side) -> str:
    """Why an asset that no gate stopped didn't win in one run."""
    standing = side.standing
    if standing is None:
        return f"{side.be} not in the pool: {_outside(side, other)}"
    if standing["outcome"] == "identity taken":
        identity = side.run.pool[side.symbol]["identity"]
        return f"{_holder(side) or 'another asset'} {side.have} the place of its identity {identity}"
    if standing["outcome"] == "duplicate":
        return f"{side.be} a duplicate of {standing['duplicate_of']}"
    if standing["outcome"] == "list full":
        return f"the list {'was' if side.past else 'is'} full"
    return _outranked(side, other)


def _holder(side: _Side) -> str | None:
    """The winner of the same identity; None where there is none."""
    pool = side.run.pool
    identity = pool[side.symbol]["identity"]
    return next((name for name in side.run.winners if pool[name]["identity"] == identity), None)


def _outranked(side: _Side, other: _Side) -> str:
    standing, elsewhere = side.standing, other.standing
    assert standing is not None
    assert elsewhere is not None
    ahead = [
        f"{name} {_number(row['alpha_score'])}"
        for name, row in side.run.winners.items()
        if all(row[what] == standing[what] for what in ("cluster", "direction"))
        and best_first(row) < best_first(standing)
    ]
    old, new = (standing, elsewhere) if side.past else (elsewhere, standing)
    place = f" at place {standing['rank']:.0f}" if standing["rank"] else ""
    where = f"in cluster {standing['cluster']} {standing['direction']}"
    fate = (
        f"{side.be} outranked{place} {where} by {', '.join(ahead)}" if ahead else f"{side.have} no seat{place} {where}"
    )
    moved = [f"conviction {' -> '.join(dict.fromkeys(_apart(old['alpha_score'], new['alpha_score'])))}"]
    if old["cluster"] != new["cluster"]:
        moved.append(f"cluster {old['cluster']} -> {new['cluster']}")
    return f"{fate}; {', '.join(moved)}"


def _outside(side: _Side, other: _Side) -> str:
    if side.symbol in side.run.coverage["bars_without_candidates"]:
        return "no scanner proposed it"
    if side.symbol in side.run.coverage.get("not_members", ()):
        return "no member of the universe"
    scanned = other.run.pool[side.symbol]["scanner_symbol"]
    if scanned in side.run.coverage["candidates_without_bars"]:
        return "no bars of it"
    return "neither bars nor a candidate of it"


def _apart(one: Any, other: Any) -> tuple[str, str]:
    """Two numbers as text, with as many digits as it takes to tell them apart."""
    for digits in (4, 6, 9, 17):
        texts = _number(one, digits), _number(other, digits)
        if one == other or texts[0] != texts[1]:
            break
    return texts


def _number(value: Any, digits: int = 4) -> str:
    return f"{value:.{digits}g}" if isinstance(value, int | float) else "unknown"
