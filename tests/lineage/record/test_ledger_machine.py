"""A project's ledger against a plain list: appended to, torn, anchored, read and falsified, in any order."""

import tempfile
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tradingview_scraper.pipelines.selection.lineage.record import ledger, log_tiles, merkle, project_ledger, trials
from tradingview_scraper.pipelines.selection.lineage.record.checkpoint import Checkpoint, leaf_hashes
from tradingview_scraper.pipelines.selection.lineage.record.promotions import standing
from tradingview_scraper.pipelines.selection.schemas.errors import DataContractError

NAMES = st.text(min_size=1, max_size=6, alphabet="ab \n\u202e\x00é😀")
EVENTS = st.fixed_dictionaries(
    {"event": st.sampled_from(["run.completed", "run.failed", "head.noted"]), "run_id": NAMES},
    optional={"pool": st.integers(-5, 2**60), "share": st.floats(), "note": NAMES},
)


class Ledger(RuleBasedStateMachine):
    """The real ledger with its tree, and the events as they were given."""

    def __init__(self) -> None:
        super().__init__()
        self.scratch = tempfile.TemporaryDirectory()
        self.project = Path(self.scratch.name)
        self.path = self.project / "runs" / "audit.jsonl"
        self.given: list[dict[str, Any]] = []
        self.heads: list[ledger.Head] = [ledger.Head(0, ledger.GENESIS)]
        self.checkpoints: list[Checkpoint] = []
        self.champions: list[str] = []
        self.tried: set[str] = set()
        self.torn = 0
        """Bytes of a line that a killed writer left."""

    def teardown(self) -> None:
        self.scratch.cleanup()

    def append(self, event: dict[str, Any]) -> None:
        torn, self.torn = self.torn, 0
        self.heads.append(project_ledger.append(self.project, event))
        self.given.append(event)
        (*_, last) = ledger.read(self.path)
        assert ("torn" in last) == bool(torn)
        assert not torn or last["torn"]["bytes"] == torn

    @rule(event=EVENTS)
    def run(self, event: dict[str, Any]) -> None:
        self.append(event)

    @rule(to=st.sampled_from("xyz"))
    def promote(self, to: str) -> None:
        moved = {"event": "alias.moved", "alias": "champion", "profile": "v4", "from": "a", "to": to, "scorer": {}}
        self.append({**moved, "run_id": None})
        self.champions.append(to)

    @rule()
    def roll_back(self) -> None:
        self.append({"event": "alias.moved", "alias": "champion", "profile": "v4", "rollback": True, "run_id": None})
        del self.champions[-1:]

    @rule(name=st.sampled_from("pqr"))
    def try_out(self, name: str) -> None:
        size = self.heads[-1].size
        trials.record_trials(self.project, [trials.Trial("scorer", name, f"sha256:{name}", "walk")])
        if name not in self.tried:
            self.torn = 0
            self.heads.append(ledger.head(self.path))
            self.given.append({"event": trials.RECORDED, "run_id": None})
        self.tried.add(name)
        assert self.heads[-1].size == size + (self.heads[-1].size > size)

    @precondition(lambda self: self.given)
    @rule(part=st.integers(1, 40))
    def tear(self, part: int) -> None:
        """A writer is killed in the middle of a line, perhaps twice."""
        with open(self.path, "ab") as file:
            file.write(b'{"event":"run.completed","head":{"hash":"'[:part])
        self.torn += part

    @precondition(lambda self: self.given)
    @rule()
    def anchor(self) -> None:
        self.checkpoints.append(log_tiles.tree_head(self.project / "runs"))

    @rule(event=st.sampled_from([{"event": "x"}, {"run_id": "y"}, {"event": "x", "run_id": "y", "seq": 1}]))
    def refuse(self, event: dict[str, Any]) -> None:
        """What may not be appended changes nothing."""
        held = self.path.read_bytes() if self.path.exists() else b""
        with pytest.raises(DataContractError):
            project_ledger.append(self.project, event)
        assert (self.path.read_bytes() if self.path.exists() else b"") == held

    @precondition(lambda self: self.given)
    @rule(seed=st.integers(0, 2**16))
    def falsify(self, seed: int) -> None:
        """A changed byte before the last head is found, given that head."""
        random, whole = Random(seed), self.path.read_bytes()
        end = len(whole) - self.torn
        changed = bytearray(whole)
        changed[random.randrange(end)] ^= 1 << random.randrange(8)
        self.path.write_bytes(changed)
        assert not ledger.verify(self.path, self.heads[-1]).ok
        self.path.write_bytes(whole[: random.randrange(end)])
        assert not ledger.verify(self.path, self.heads[-1]).ok
        self.path.write_bytes(whole)

    @precondition(lambda self: self.given)
    @invariant()
    def it_reads_as_the_list(self) -> None:
        lines = list(ledger.read(self.path))
        assert [line["event"] for line in lines] == [event["event"] for event in self.given]
        assert [line["seq"] for line in lines] == [*range(1, len(lines) + 1)]
        assert ledger.head(self.path) == self.heads[-1]
        for event, line in zip(self.given, lines, strict=True):
            assert line["run_id"] == event["run_id"]
        for kept in self.heads:
            found = ledger.verify(self.path, kept)
            assert [problem.kind for problem in found.problems] == (["torn"] if self.torn else [])
        champion = standing(self.project, "v4")
        assert (None if champion is None else champion.champion) == next(iter(self.champions[::-1]), None)
        assert trials.trial_count(self.project) == len(self.tried)

    @precondition(lambda self: self.given)
    @invariant()
    def the_tree_is_that_of_its_lines(self) -> None:
        leaves = leaf_hashes(self.path)
        node = merkle.nodes(leaves)
        head = log_tiles.tree_head(self.project / "runs")
        assert (head.size, head.root) == (len(self.given), merkle.root(node, len(self.given)))
        assert all(merkle.root(node, kept.size) == kept.root for kept in self.checkpoints)


def test_any_history_reads_as_a_list_of_events() -> None:
    some = settings(max_examples=15, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Ledger, settings=some)
