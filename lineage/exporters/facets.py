"""OpenLineage's facets as plain dicts, each naming the published schema that it follows.

In this order: what any facet has (`facet`), facets of datasets, of jobs, of runs. Versions are those of the official
schemas at spec 2-0-2.
"""

from collections.abc import Iterable, Mapping
from typing import Any

SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
PRODUCER = "urn:tvselect:exporter:openlineage:1"
_VERSIONS = {
    "ColumnLineageDatasetFacet": "1-2-0",
    "DataQualityAssertionsDatasetFacet": "1-1-0",
    "DataQualityMetricsInputDatasetFacet": "1-0-3",
    "DatasetVersionDatasetFacet": "1-0-1",
    "ErrorMessageRunFacet": "1-0-1",
    "ExecutionParametersRunFacet": "1-0-0",
    "JobTypeJobFacet": "2-0-4",
    "NominalTimeRunFacet": "1-0-1",
    "OutputStatisticsOutputDatasetFacet": "1-0-2",
    "ParentRunFacet": "1-2-0",
    "ProcessingEngineRunFacet": "1-1-1",
    "SchemaDatasetFacet": "1-2-0",
    "SourceCodeLocationJobFacet": "1-1-0",
    "TagsRunFacet": "1-0-0",
}
Facet = dict[str, Any]


def facet(name: str, /, **content: Any) -> Facet:
    """A facet of a kind, with producer and schema; what is None is left out."""
    url = f"https://openlineage.io/spec/facets/{_VERSIONS[name]}/{name}.json#/$defs/{name}"
    stated = {key: value for key, value in content.items() if value is not None}
    return {"_producer": PRODUCER, "_schemaURL": url, **stated}


def schema(fields: Iterable[tuple[str, str | None, str | None]]) -> Facet:
    """The columns of a dataset: name, type, description, of which the last two may be unknown."""
    described = [
        {
            "name": name,
            **({"type": kind} if kind else {}),
            **({"description": text} if text else {}),
        }
        for name, kind, text in fields
    ]
    return facet("SchemaDatasetFacet", fields=described)


def version(digest: str, stated: str | int | None = None) -> Facet:
    """Which content of a dataset this is: the table's own version, where it has one, and the digest."""
    return facet("DatasetVersionDatasetFacet", datasetVersion=f"{stated};{digest}" if stated else digest)


def column_lineage(fields: Mapping[str, list[dict[str, Any]]], dataset: list[dict[str, Any]] | None = None) -> Facet:
    """Column to the input fields that it comes from; `dataset` are those that decide which rows there are."""
    return facet(
        "ColumnLineageDatasetFacet",
        fields={name: {"inputFields": inputs} for name, inputs in fields.items()},
        dataset=dataset or None,
    )


def quality_metrics(rows: int, columns: Mapping[str, Mapping[str, Any]], files: int) -> Facet:
    """Rows and files of an input, and per column what was counted."""
    return facet(
        "DataQualityMetricsInputDatasetFacet",
        rowCount=rows,
        fileCount=files,
        columnMetrics={name: dict(found) for name, found in columns.items()},
    )


def quality_assertions(assertions: Iterable[Mapping[str, Any]]) -> Facet:
    """Checks on an input: each has `assertion` and `success`, and may have a column."""
    return facet("DataQualityAssertionsDatasetFacet", assertions=[dict(one) for one in assertions])


def output_statistics(rows: int | None, size: int) -> Facet:
    """What was written: rows, where it is a table, and bytes."""
    return facet("OutputStatisticsOutputDatasetFacet", rowCount=rows, size=size)


def job_type(kind: str) -> Facet:
    """A batch job of ours."""
    return facet("JobTypeJobFacet", processingType="BATCH", integration="TVSELECT", jobType=kind)


def source_location(commit: str) -> Facet:
    """The commit of the project. The record holds no address of a repository, so the URL is a name."""
    return facet("SourceCodeLocationJobFacet", type="git", url=f"urn:git:commit:{commit}", version=commit)


def parent(run_id: str, namespace: str, name: str) -> Facet:
    """The run that this one is a part of; it is the root, too."""
    above = {"run": {"runId": run_id}, "job": {"namespace": namespace, "name": name}}
    return facet("ParentRunFacet", **above, root=above)


def engine(name_version: str) -> Facet:
    """What computed: `tvselect 4.0.0`."""
    name, _, number = name_version.partition(" ")
    return facet("ProcessingEngineRunFacet", name=name, version=number or "unknown")


def parameters(values: Mapping[str, str]) -> Facet:
    """The parameters of a run."""
    return facet("ExecutionParametersRunFacet", parameters=[{"key": k, "value": v} for k, v in values.items()])


def tags(values: Mapping[str, str]) -> Facet:
    """Names and values that belong to a run."""
    return facet("TagsRunFacet", tags=[{"key": k, "value": v, "source": "INTEGRATION"} for k, v in values.items()])


def error_message(message: str) -> Facet:
    """Why a run failed."""
    return facet("ErrorMessageRunFacet", message=message, programmingLanguage="PYTHON")
