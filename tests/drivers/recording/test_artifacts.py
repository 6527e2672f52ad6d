"""A run's files: each holds what its name says, and all are functions of the selection alone."""

import json
import re
import tomllib
from functools import cache
from io import BytesIO

import pandas as pd
import pytest

from support.market import longest, selection, settings
from tradingview_scraper.pipelines.selection.drivers.recording.artifacts import artifact_files
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest
from tradingview_scraper.pipelines.selection.schemas.run_files import (
    CLUSTERS,
    DECISIONS,
    FEATURES,
    FRAGILITY,
    GATES,
    INFERENCE,
    LADDER,
    LEDGER,
    LINEAGE,
    MANIFEST,
    PAGE,
    PICTURE,
    POOL,
    QUARANTINE,
    RECEIPT,
    RUN_FILES,
    SETTINGS,
    STANDINGS,
)

TABLES = {
    POOL: "raw_pool",
    FEATURES: "feature_store",
    INFERENCE: "inference_outputs",
    CLUSTERS: "clusters",
    DECISIONS: "decisions",
    STANDINGS: "standings",
}


@cache
def files() -> dict[str, bytes]:
    return artifact_files(longest())


def test_every_file_of_a_run_is_made_but_ledger_and_receipt() -> None:
    assert files().keys() == RUN_FILES.keys() - {LEDGER, RECEIPT, FRAGILITY} - (
        set() if len(longest().quarantine) else {QUARANTINE}
    )


def test_fragility_is_a_file_and_a_part_of_the_page_and_moves_no_other_byte() -> None:
    document = {"seed": 1, "block_days": 20, "jitter": 0.1, "kinds": {}, "assets": [], "features": []}
    measured = artifact_files(longest(), document)
    assert {name for name, content in measured.items() if content != files().get(name)} == {FRAGILITY, PAGE}
    assert json.loads(measured[FRAGILITY]) == {"schema_version": "1.0", **document}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_the_frame_of_the_selection(name: str) -> None:
    frame = getattr(longest().context, TABLES[name])
    found = pd.read_parquet(BytesIO(files()[name]))
    if "symbol" in found and frame.index.name == "symbol":
        found = found.set_index("symbol")
    assert len(found) == len(frame) > 0
    for column in frame.columns:
        ours, theirs = frame[column].astype(object), found[column].astype(object)
        assert [*ours.where(ours.notna(), None)] == [*theirs.where(theirs.notna(), None)], column


@pytest.mark.parametrize("name", [name for name in RUN_FILES if name not in (LEDGER, RECEIPT, FRAGILITY)])
def test_the_version_of_a_format_is_the_listed_one(name: str) -> None:
    stated = RUN_FILES[name].version
    if stated is None:
        assert not files().get(name, b"").startswith(b'{"schema_version"')
    else:
        assert json.loads(files()[name])["schema_version"] == stated


def test_the_ladder_says_how_far_it_was_climbed() -> None:
    ladder = json.loads(files()[LADDER])
    assert ladder["climbed"] == len(longest().rungs) == 4
    assert json.loads(artifact_files(selection())[LADDER])["climbed"] == len(selection().rungs) < 4
    assert [rung["rung"] for rung in ladder["rungs"]] == [1, 2, 3, 4]
    for listed, rung in zip(ladder["rungs"], longest().settings.rungs(), strict=True):
        assert (listed["name"], listed["recruit"], listed["thresholds"]) == (rung.name, rung.recruit, rung.thresholds)


def test_the_gates_are_those_that_are_on() -> None:
    gates = json.loads(files()[GATES])["gates"]
    assert [gate["gate"] for gate in gates] == list(settings().active_gates)
    assert all("enabled" not in gate for gate in gates)
    for gate in gates:
        ours = settings().gates[gate["gate"]]
        assert (gate["feature"], gate["op"], gate["kind"]) == (ours.feature, ours.op, ours.kind)


def test_settings_come_back_from_their_file() -> None:
    found = tomllib.loads(files()[SETTINGS].decode())
    assert found["recruitment"]["floor"] == 70
    # As text: nan is not nan.
    assert type(longest().settings).model_validate(found).model_dump_json() == longest().settings.model_dump_json()


def test_the_page_names_every_other_file_with_its_digest() -> None:
    page = files()[PAGE].decode()
    for name, content in files().items():
        if name != PAGE:
            assert name in page
            assert bytes_digest(content) in page


def test_the_picture_is_titled_by_the_profile_and_marks_what_every_rung_runs_anew() -> None:
    picture = files()[PICTURE].decode()
    assert "tvselect v4" in picture
    nodes = json.loads(files()[LINEAGE])["nodes"]
    again = {node["name"] for node in nodes if node["reexecuted"]}
    assert again == set(longest().graph.rerun)


def test_the_same_selection_gives_the_same_bytes_and_no_path_of_this_machine() -> None:
    assert artifact_files(longest()) == files()
    for name, content in files().items():
        assert not re.search(rb"(/home/|/tmp/|/root/)\w", content), name
    assert json.loads(files()[MANIFEST])
