"""What it would take, a thousand times on real data: each answer confirmed by another run, and none smaller found.

    python .ci/counterfactuals.py --data ../shared/data --answers 1000 --seed 1

Random universes (`real_universes`) are selected from; of each, random winners and losers are asked about. Then, apart from the
search and what it holds:
* a threshold and gates that are off are confirmed by a selection with the settings changed, a place by the whole dataflow
  with the conviction in its place; a threshold that moves a hair less may not do, nor a place one nearer;
* every smaller set of relaxable gates is tried by a selection of its own: none may do, nor with the best place, where the answer
  names one beside its gates.
Printed are the counts, each that doesn't hold, and the time per answer. Exit code 1 where one doesn't.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from real_universes import Universe, drawn, markets

from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.memory import MemoryProvider
from tradingview_scraper.pipelines.selection.drivers.execution.graph import Graph
from tradingview_scraper.pipelines.selection.drivers.execution.hooks import Lending, undisturbed
from tradingview_scraper.pipelines.selection.drivers.execution.plan import ingestion_inputs, inputs
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, select
from tradingview_scraper.pipelines.selection.drivers.review.counterfactual import Takes, what_it_takes
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError
from tradingview_scraper.pipelines.selection.schemas.gates import Rung
from tradingview_scraper.pipelines.selection.schemas.stages import BORDERS

PER_UNIVERSE = 40
MOST, FEWEST = 60, 20
"""Assets of a universe."""
PARTS = ("scale", "cap")


class Case:
    """One selection, and the same once more with something changed; what was computed is kept."""

    def __init__(self, universe: Universe, floor: int) -> None:
        self._universe, self._floor = universe, floor
        self._without: dict[tuple[str, ...], Selection] = {}
        self.selection = self.selected({})
        gates = self.selection.settings.active_gates
        self.relaxable = [name for name, gate in gates.items() if gate.kind == "relaxable"]

    def selected(self, settings: dict[str, Any]) -> Selection:
        """A whole selection with other settings."""
        changed = {"recruitment.floor": self._floor, "unattainable": "allow", **settings}
        given = self._universe
        return select(None, given.candidates, bars=given.bars, settings=changed, as_of=given.as_of)

    def without(self, gates: tuple[str, ...]) -> Selection:
        """The selection with some gates off."""
        if gates not in self._without:
            self._without[gates] = self.selected({f"gates.{gate}.enabled": False for gate in gates})
        return self._without[gates]

    def moved(self, gate: str, after: float, *, loosened: bool) -> Selection:
        """The selection with a gate's threshold moved at every rung, by its settings."""
        found = [rung.thresholds[gate] for rung in self.rungs_moved(gate, after, loosened=loosened)]
        settings: dict[str, Any] = {f"gates.{gate}.threshold": found[0]}
        if gate in self.relaxable:
            settings["ladder"] = [
                {
                    **step.model_dump(exclude={"scale", "cap", "set"}),
                    **{
                        part: {name: value for name, value in getattr(step, part).items() if name != gate}
                        for part in PARTS
                    },
                    "set": {**step.set, **({gate: threshold} if place else {})},
                }
                for place, (step, threshold) in enumerate(zip(self.selection.settings.ladder, found, strict=True))
            ]
        return self.selected(settings)

    def rungs_moved(self, gate: str, after: float, *, loosened: bool) -> list[Rung]:
        """The rungs with a gate's threshold at each where it has to be at least, or at most."""
        floors = self.selection.settings.active_gates[gate].floors
        nearer = min if floors == loosened else max
        return [
            rung.model_copy(update={"thresholds": {**rung.thresholds, gate: nearer(rung.thresholds[gate], after)}})
            for rung in self.selection.settings.rungs()
        ]

    def placed_anew(self, symbol: str, place: int, off: tuple[str, ...]) -> pd.Index:
        """The winners of the whole dataflow, from ingestion on, with an asset at another place by conviction."""
        selection, given = self.without(off), self._universe
        graph, outputs = Graph(selection.plan, Lending()), placed(selection, symbol, place)
        provider = MemoryProvider(None, given.candidates, bars=given.bars)
        read = ingestion_inputs(provider, pd.Timestamp(given.as_of))
        border = BORDERS["policy"]
        with undisturbed(selection.settings):
            for rung in selection.settings.rungs():
                told = {**inputs(selection.plan, rung), **read}
                decided = graph.driver.execute([border], inputs=told, overrides={"inference_outputs": outputs})[border]
                if len(decided.winners) >= self._floor:
                    break
        return decided.winners.index

    def placed_again(self, symbol: str, place: int, off: tuple[str, ...]) -> pd.Index:
        """The same by climbing the ladder of the selection with these gates off."""
        selection = self.without(off)
        return selection.held.climbed(overrides={"inference_outputs": placed(selection, symbol, place)}).winners.index


def placed(selection: Selection, symbol: str, place: int) -> pd.DataFrame:
    """The scorers' outputs with an asset's conviction between those that are then before and after it."""
    outputs = selection.context.inference_outputs.copy()
    others = np.sort(outputs["alpha_score"].drop(symbol).fillna(-np.inf).to_numpy())[::-1]
    above = others[place - 2] if place > 1 else np.inf
    below = max(others[place - 1] if place <= len(others) else 0.0, 0.0)
    outputs.loc[symbol, "alpha_score"] = below + 1.0 if np.isinf(above) else (above + below) / 2.0
    return outputs


def objections(case: Case, symbol: str, answer: list[Takes]) -> Iterator[str]:
    """What doesn't hold of an answer."""
    won = symbol in case.selection.winners.index
    outcome = case.selection.context.standings.loc[symbol, "outcome"]
    for takes in answer:
        if takes.gate:
            if (symbol in case.moved(takes.gate, takes.after or 0.0, loosened=not won).winners.index) == won:
                yield f"not confirmed: {takes}"
            # Towards the asset's own side: with a hair less its verdict is what it was.
            outward = -np.inf if case.selection.settings.active_gates[takes.gate].floors == won else np.inf
            less = float(np.nextafter(takes.after or 0.0, outward))
            rungs = case.rungs_moved(takes.gate, less, loosened=not won)
            if (symbol in case.selection.held.climbed(rungs=rungs).winners.index) != won:
                yield f"a hair less does, too: {takes}"
        elif takes.place is None:
            if symbol not in case.without(takes.gates_off).winners.index:
                yield f"not confirmed: {takes}"
        else:
            if (symbol in case.placed_anew(symbol, takes.place, takes.gates_off)) == won:
                yield f"not confirmed: {takes}"
            nearer, own = takes.place + (-1 if won else 1), place_of(case.without(takes.gates_off), symbol)
            if nearer != own and (symbol in case.placed_again(symbol, nearer, takes.gates_off)) != won:
                yield f"a nearer place does, too: {takes}"
    if not won and outcome != "hard veto":
        yield from smaller(case, symbol, answer)


def smaller(case: Case, symbol: str, answer: list[Takes]) -> Iterator[str]:
    """Smaller sets of gates than the answer's that do; all sets where it names none."""
    named = [takes for takes in answer if takes.gates_off]
    size = min((len(takes.gates_off) for takes in named), default=len(case.relaxable) + 1)
    with_place = any(takes.place is not None for takes in named) or not answer
    for count in range(1, size):
        for off in combinations(case.relaxable, count):
            if symbol in case.without(off).winners.index:
                yield f"{off} does, answered was {answer}"
            if with_place and symbol in case.placed_again(symbol, 1, off):
                yield f"{off} at place 1 does, answered was {answer}"


def place_of(selection: Selection, symbol: str) -> int:
    """An asset's place by conviction, from 1."""
    scores = selection.conviction.fillna(-np.inf)
    return int((scores > scores[symbol]).sum()) + 1


def main() -> int:
    """Ask, confirm, tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--answers", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    found = markets(asked.data)
    counts: Counter[str] = Counter()
    seconds: list[float] = []
    wrong = 0
    number = 0
    while len(seconds) < asked.answers:
        rng = np.random.default_rng([asked.seed, number])
        number += 1
        universe = drawn(found, rng, most=MOST)
        try:
            case = Case(universe, floor=int(rng.integers(3, 20)))
        except DataContractError:  # too few days, say
            continue
        standings = case.selection.context.standings
        if len(standings) < FEWEST or not len(case.selection.winners):
            continue
        for symbol in picked(standings, rng)[: asked.answers - len(seconds)]:
            began = time.process_time()
            answer = what_it_takes(case.selection, symbol)
            seconds.append(time.process_time() - began)
            counts[f"asked: {universe.market}"] += 1
            counts[f"asked: {standings.loc[symbol, 'outcome']}"] += 1
            for kind in [kind_of(takes) for takes in answer] or ["nothing would do"]:
                counts[f"answered: {kind}"] += 1
            for objection in objections(case, symbol, answer):
                wrong += 1
                print(f"  universe {number - 1}, {universe.market}, {symbol}: {objection}", flush=True)
        print(f"  {len(seconds)} answers, {wrong} objections", flush=True)
    for what, count in sorted(counts.items()):
        print(f"{count:5d}  {what}")
    middle, late = np.quantile(seconds, [0.5, 0.99])
    print(f"{len(seconds)} answers on {number} universes drawn, {wrong} objections")
    print(f"CPU per answer: median {middle:.2f} s, 99th percentile {late:.2f} s, most {max(seconds):.2f} s")
    return int(wrong > 0)


def kind_of(takes: Takes) -> str:
    """Of which kind a change is."""
    if takes.gate:
        return "a threshold"
    kinds = [f"{len(takes.gates_off)} gates off"] if takes.gates_off else []
    return " and ".join([*kinds, *(["a place"] if takes.place is not None else [])])


def picked(standings: pd.DataFrame, rng: np.random.Generator) -> list[str]:
    """Random assets, half of them winners where there are so many."""
    won = standings.index[standings["route"] != ""]
    lost = standings.index.difference(won)
    sides = (rng.permutation(np.array(side, dtype=object))[: PER_UNIVERSE // 2] for side in (won, lost))
    return [str(name) for side in sides for name in side]


if __name__ == "__main__":
    sys.exit(main())
