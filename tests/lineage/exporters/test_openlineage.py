"""`export openlineage`: events under the rules of the official schema, and what they say of a run.

The schema below is written from the specification 2-0-2, for tests run offline. With `openlineage-python` installed the
facets are also held against the classes that its makers generate from the official ones.
"""

import importlib
import json
import pkgutil
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator, FormatChecker

from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.lineage.exporters.openlineage import events, json_lines
from tradingview_scraper.pipelines.selection.lineage.record.ledger import read
from tradingview_scraper.pipelines.selection.lineage.record.run_record import read_run

TEXT = {"type": "string", "minLength": 1}
URI = {"type": "string", "pattern": "^[a-z][a-z0-9+.-]*:[^\\s]+$"}
NUMBER, COUNT = {"type": "number"}, {"type": "integer", "minimum": 0}


def record(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }


def facet(name: str, version: str, required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    url = f"https://openlineage.io/spec/facets/{version}/{name}.json#/$defs/{name}"
    return record({"_producer": URI, "_schemaURL": {"const": url}, **required}, optional)


def many(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def mapping(values: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}


HOW = record({"type": {"enum": ["DIRECT", "INDIRECT"]}}, {"subtype": TEXT, "description": TEXT, "masking": {}})
INPUT_FIELD = record({"namespace": TEXT, "name": TEXT, "field": TEXT}, {"transformations": many(HOW)})
JOB_NAME = record({"namespace": TEXT, "name": TEXT})
ABOVE = record({"run": record({"runId": {"format": "uuid"}}), "job": JOB_NAME})
CHECK = record(
    {"assertion": TEXT, "success": {"type": "boolean"}},
    dict.fromkeys(("column", "severity", "name", "description", "expected", "actual"), TEXT),
)
COLUMN = record({}, {"nullCount": COUNT, "distinctCount": COUNT, "count": NUMBER, "min": NUMBER, "max": NUMBER})
DATASET_FACETS = {
    "schema": facet(
        "SchemaDatasetFacet", "1-2-0", {"fields": many(record({"name": TEXT}, {"type": TEXT, "description": TEXT}))}
    ),
    "version": facet("DatasetVersionDatasetFacet", "1-0-1", {"datasetVersion": TEXT}),
    "columnLineage": facet(
        "ColumnLineageDatasetFacet",
        "1-2-0",
        {"fields": mapping(record({"inputFields": many(INPUT_FIELD)}))},
        {"dataset": many(INPUT_FIELD)},
    ),
}
INPUT_FACETS = {
    "dataQualityMetrics": facet(
        "DataQualityMetricsInputDatasetFacet",
        "1-0-3",
        {"columnMetrics": mapping(COLUMN)},
        {"rowCount": COUNT, "bytes": COUNT, "fileCount": COUNT},
    ),
    "dataQualityAssertions": facet("DataQualityAssertionsDatasetFacet", "1-1-0", {"assertions": many(CHECK)}),
}
OUTPUT_FACETS = {
    "outputStatistics": facet(
        "OutputStatisticsOutputDatasetFacet", "1-0-2", {}, {"rowCount": COUNT, "size": COUNT, "fileCount": COUNT}
    )
}
JOB_FACETS = {
    "jobType": facet("JobTypeJobFacet", "2-0-4", {"processingType": TEXT, "integration": TEXT}, {"jobType": TEXT}),
    "sourceCodeLocation": facet(
        "SourceCodeLocationJobFacet", "1-1-0", {"type": TEXT, "url": URI}, {"version": TEXT, "branch": TEXT}
    ),
}
KEYED = record({"key": TEXT}, {"value": {"type": "string"}, "name": TEXT, "description": TEXT})
RUN_FACETS = {
    "parent": facet("ParentRunFacet", "1-2-0", {"run": {}, "job": JOB_NAME}, {"root": ABOVE}),
    "processing_engine": facet("ProcessingEngineRunFacet", "1-1-1", {"version": TEXT}, {"name": TEXT}),
    "nominalTime": facet("NominalTimeRunFacet", "1-0-1", {"nominalStartTime": {"format": "date-time"}}),
    "executionParameters": facet("ExecutionParametersRunFacet", "1-0-0", {}, {"parameters": many(KEYED)}),
    "errorMessage": facet("ErrorMessageRunFacet", "1-0-1", {"message": TEXT, "programmingLanguage": TEXT}),
    "tags": facet(
        "TagsRunFacet",
        "1-0-0",
        {},
        {"tags": many(record({"key": TEXT, "value": {"type": "string"}}, {"source": TEXT}))},
    ),
}
INPUT = record(
    {"namespace": TEXT, "name": TEXT}, {"facets": record({}, DATASET_FACETS), "inputFacets": record({}, INPUT_FACETS)}
)
OUTPUT = record(
    {"namespace": TEXT, "name": TEXT}, {"facets": record({}, DATASET_FACETS), "outputFacets": record({}, OUTPUT_FACETS)}
)
EVENT = record(
    {
        "eventTime": {"format": "date-time"},
        "producer": URI,
        "schemaURL": {"const": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"},
        "run": record({"runId": {"format": "uuid"}}, {"facets": record({}, RUN_FACETS)}),
        "job": record({"namespace": TEXT, "name": TEXT}, {"facets": record({}, JOB_FACETS)}),
    },
    {
        "eventType": {"enum": ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]},
        "inputs": many(INPUT),
        "outputs": many(OUTPUT),
    },
)
VALIDATOR = Draft202012Validator(EVENT, format_checker=FormatChecker())


@pytest.fixture(scope="module")
def told(finished: SampleRun) -> list[dict[str, Any]]:
    return [json.loads(line) for line in json_lines(events(read_run(finished.folder))).splitlines()]


def facets_of(event: dict[str, Any]) -> list[dict[str, Any]]:
    bearers = [event["run"], event["job"], *event["inputs"], *event["outputs"]]
    return [
        facet
        for bearer in bearers
        for kind in ("facets", "inputFacets", "outputFacets")
        for facet in bearer.get(kind, {}).values()
    ]


def complete(told: list[dict[str, Any]]) -> dict[str, Any]:
    return told[-1]


def test_every_event_is_valid(told: list[dict[str, Any]], failed: SampleRun) -> None:
    for event in (*told, *events(read_run(failed.folder))):
        assert [error.message for error in VALIDATOR.iter_errors(event)] == []


def test_the_validator_sees_what_is_wrong(told: list[dict[str, Any]]) -> None:
    wrong = json.loads(json.dumps(told[-1]))
    wrong["run"]["facets"]["tags"].pop("_producer")
    wrong["outputs"][0]["facets"]["schema"]["_schemaURL"] += "x"
    wrong["inputs"][0].pop("name")
    assert len(list(VALIDATOR.iter_errors(wrong))) == 3


def test_facets_are_those_of_the_official_client(told: list[dict[str, Any]]) -> None:
    generated = pytest.importorskip("openlineage.client.generated", reason="openlineage-python is not installed")
    base = importlib.import_module("openlineage.client.generated.base").BaseFacet
    known: dict[str, set[str]] = {}
    for found in pkgutil.iter_modules(generated.__path__):
        module = importlib.import_module(f"{generated.__name__}.{found.name}")
        for one in vars(module).values():
            if isinstance(one, type) and issubclass(one, base):
                known[one._get_schema()] = {attribute.name for attribute in one.__attrs_attrs__}
    for event in told:
        for facet in facets_of(event):
            assert set(facet) <= known[facet["_schemaURL"]]


def test_a_run_and_its_rungs_begin_and_end(told: list[dict[str, Any]], finished: SampleRun) -> None:
    rungs = [event for event in read(finished.folder / "audit.jsonl") if event["event"] == "rung.completed"]
    assert [event["eventType"] for event in told] == ["START", *["START", "COMPLETE"] * len(rungs), "COMPLETE"]
    times = [event["eventTime"] for event in told]
    assert times == sorted(times)
    whole, parts = told[-1]["run"]["runId"], told[1:-1]
    assert told[0]["run"]["runId"] == whole
    assert {event["run"]["facets"]["parent"]["run"]["runId"] for event in parts} == {whole}
    assert len({event["run"]["runId"] for event in parts}) == len(rungs)


def test_exporting_twice_gives_the_same_bytes(finished: SampleRun) -> None:
    first, second = (json_lines(events(read_run(finished.folder))) for _ in range(2))
    assert first == second
    assert str(finished.project.parent) not in first


def test_inputs_say_which_content_and_what_was_set_aside(told: list[dict[str, Any]], finished: SampleRun) -> None:
    inputs = {dataset["name"]: dataset for dataset in complete(told)["inputs"]}
    assert set(inputs) == {"data/bars.parquet", "data/instruments.parquet", "data/statistics.parquet", "data/scans"}
    bars = inputs["data/bars.parquet"]
    source = next(s for s in list(read(finished.folder / "audit.jsonl"))[-1]["inputs"] if s["name"] == "bars")
    assert bars["facets"]["version"]["datasetVersion"] == source["digest"]
    assert {field["name"] for field in bars["facets"]["schema"]["fields"]} >= {"symbol", "date", "close"}
    assert bars["inputFacets"]["dataQualityMetrics"]["rowCount"] == source["rows"]
    checks = {check["assertion"]: check for check in bars["inputFacets"]["dataQualityAssertions"]["assertions"]}
    treatments = json.loads((finished.folder / "coverage.json").read_text())["treatments"]
    absent = treatments.pop("absent")
    assert treatments
    for reason, count in (item for reasons in treatments.values() for item in reasons.items()):
        assert checks[reason.replace(" ", "_")]["actual"] == str(count)
    assert not {reason.replace(" ", "_") for reason in absent} & checks.keys()
    assert checks["missing_close"]["column"] == "close"
    untouched = inputs["data/instruments.parquet"]["inputFacets"]["dataQualityAssertions"]["assertions"]
    assert [check["success"] for check in untouched] == [True]


def test_outputs_have_columns_rows_and_digests(told: list[dict[str, Any]], finished: SampleRun) -> None:
    digests = {one["path"]: one["digest"] for one in list(read(finished.folder / "audit.jsonl"))[-1]["artifacts"]}
    for dataset in complete(told)["outputs"]:
        file = dataset["name"].removeprefix("selection/")
        assert dataset["facets"]["version"]["datasetVersion"] == digests[file]
        assert dataset["outputFacets"]["outputStatistics"]["size"] == (finished.folder / file).stat().st_size
        if file.endswith(".parquet"):
            table = pq.read_table(finished.folder / file)
            assert [field["name"] for field in dataset["facets"]["schema"]["fields"]] == table.schema.names
            assert dataset["outputFacets"]["outputStatistics"]["rowCount"] == len(table)


def test_columns_come_from_the_columns_that_they_come_from(told: list[dict[str, Any]]) -> None:
    outputs = {dataset["name"]: dataset["facets"].get("columnLineage") for dataset in complete(told)["outputs"]}
    features = outputs["selection/features.parquet"]["fields"]

    def direct(column: str) -> set[str]:
        return {
            f"{field['name']}:{field['field']}"
            for field in features[column]["inputFields"]
            if field["transformations"][0]["type"] == "DIRECT"
        }

    assert direct("drawdown_resilience") == {"data/bars.parquet:close"}
    assert direct("antifragility") == {"data/statistics.parquet:Antifragility_Score"}
    assert direct("adx") == {f"data/bars.parquet:{name}" for name in ("close", "high", "low")} | {"data/scans:ADX"}
    assert "alpha_score" in outputs["selection/inference.parquet"]["fields"]
    named = {dataset["name"] for dataset in complete(told)["inputs"]}
    for traced in filter(None, outputs.values()):
        places = [place for field in traced["fields"].values() for place in field["inputFields"]]
        assert {place["name"] for place in (*places, *traced["dataset"])} <= named


def test_rungs_read_features_that_kept_their_promises(told: list[dict[str, Any]]) -> None:
    facets = told[2]["inputs"][0]["inputFacets"]
    assert {check["assertion"] for check in facets["dataQualityAssertions"]["assertions"]} >= {"in_range"}
    assert all(check["success"] for check in facets["dataQualityAssertions"]["assertions"])
    columns = facets["dataQualityMetrics"]["columnMetrics"]
    assert columns["permutation_entropy"]["max"] <= 1


def test_a_failed_run_says_why(failed: SampleRun) -> None:
    found = events(read_run(failed.folder))
    assert [event["eventType"] for event in found] == ["START", "FAIL"]
    assert "can't be read as Parquet" in found[-1]["run"]["facets"]["errorMessage"]["message"]


def test_the_command_writes_lines(finished: SampleRun, tmp_path: Any) -> None:
    arguments = ["export", "openlineage", finished.run_id, "--project", str(finished.project), "--namespace", "mine"]
    printed = CliRunner().invoke(main, arguments)
    written = CliRunner().invoke(main, [*arguments, "--output", str(tmp_path / "events.jsonl")])
    assert (printed.exit_code, written.exit_code) == (0, 0)
    assert (tmp_path / "events.jsonl").read_text() == printed.stdout
    assert all(json.loads(line)["job"]["namespace"] == "mine" for line in printed.stdout.splitlines())
