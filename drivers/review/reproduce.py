"""`reproduce`: does a run come out the same again, and if not, why not?

In this order: the run's own settings (`settings.toml`) are held against its ledger, its tables' files against their
digests; the selection is executed anew, in memory, on the run's data folder and date with the code that is installed
now; every artifact's bytes are compared with the digest in the ledger. What changed meanwhile is gathered under five
kinds, inputs, settings, code, libraries, machine: without effect where all bytes are the same, the culprits where they
aren't. Where they differ in numbers alone, that is said (`review.discrete`). A file that changed only after the as-of date
acquits itself: `inputs.json` has what the run saw.
"""

import json
import os
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from tradingview_scraper.pipelines.selection.dataflow.components import DiscoveryProvider, Source
from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import AnyPlace, place_of
from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.contents import inside
from tradingview_scraper.pipelines.selection.drivers.execution.component_lookup import provider_of
from tradingview_scraper.pipelines.selection.drivers.execution.fragility import fragility_to_record
from tradingview_scraper.pipelines.selection.drivers.execution.null_thresholds import Known
from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
from tradingview_scraper.pipelines.selection.drivers.execution.plugins import project_on_path
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import (
    built_in_layers,
    flat_names,
    merge,
    origin_of,
    resolved_settings,
    validated_settings,
)
from tradingview_scraper.pipelines.selection.drivers.execution.selection import Selection, selected, timestamp
from tradingview_scraper.pipelines.selection.drivers.recording.artifacts import artifact_files
from tradingview_scraper.pipelines.selection.drivers.recording.events import (
    environment_now,
    named_packages,
    package_code,
    user_code,
)
from tradingview_scraper.pipelines.selection.drivers.recording.inputs import inputs_document, read_versions
from tradingview_scraper.pipelines.selection.drivers.review.changes import (
    changes,
    file_difference,
    flat,
    input_changes,
    value_changes,
)
from tradingview_scraper.pipelines.selection.drivers.review.discrete import discrete_note
from tradingview_scraper.pipelines.selection.lineage.record.certificate_state import certificate_words
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord, run_with_result
from tradingview_scraper.pipelines.selection.lineage.record.runs import run_folder
from tradingview_scraper.pipelines.selection.schemas.built_in_profiles import BUILT_IN
from tradingview_scraper.pipelines.selection.schemas.canonical import plain
from tradingview_scraper.pipelines.selection.schemas.data_version import DataVersion
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest, file_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, SelectionError, offenders
from tradingview_scraper.pipelines.selection.schemas.run_files import INPUTS, LINEAGE, MODEL, MODELS, SETTINGS
from tradingview_scraper.pipelines.selection.schemas.section import Section
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

NOT_SETTINGS = ("as_of", "data")
# The provider whose sources are files of the data folder; another's may be anything.
FOLDER = "folder"
# Layers of which a project's files know nothing.
PASSING = ("environment", "command line", "settings=")
"""Beginnings of their names."""
KINDS = ("inputs", "settings", "code", "libraries", "machine")
"""Of what changed, the most telling first."""


def reproduced(project: Path, reference: str, *, data: AnyPlace | None = None) -> dict[str, Any]:
    """Execute a run again and compare; `data` is where its tables lie now, if they were moved.

    Raises `ConfigurationError` where there is no such run, it failed, or its settings or data folder are missing.
    """
    run = run_with_result(run_folder(project, reference))
    params = run.opening["params"]
    place = data or (place_of(params["data"]) if "://" in params["data"] else project / params["data"])
    if not place.is_dir() and params.get("data.provider", FOLDER) == FOLDER:
        raise ConfigurationError(
            f"the data folder {place} of the run {run.folder.name} isn't there; name it with --data"
        )
    found = list(package_differences(run.opening))
    files: dict[str, bytes] = {}
    error = None
    with project_on_path(project):
        try:
            settings, newer = pinned_settings(run.folder)
            forget(project, settings)
            newer = [name for name in newer if name not in params]
            found += newer_differences(newer, settings)
            found += setting_differences(params, settings, newer)
            planned = plan(settings, project / MODELS, pinned_models(run.closing))
            provider = pinned_provider(run, settings, place)
            found += module_differences(run.opening["code"]["modules"], user_code(settings))
            selection = selected(provider, planned, **pinned_dates(run.opening, run.closing))
            fragility = fragility_to_record(selection, run.opening.get("fragility", {}).get("draws", 0))
            certificate = run.opening.get("certificate")
            causality = None if certificate is None else certificate_words(certificate)
            files = artifact_files(with_sources_of(run, selection), fragility, causality)
        except SelectionError as raised:
            error = str(raised)
    changed_files: list[str] = []
    if isinstance(place, Path) and params.get("data.provider", FOLDER) == FOLDER:
        changed_files = file_changes(run.closing["inputs"], place)
    found += input_differences(run, changed_files, files)
    found += node_differences(run, files)
    artifacts = artifact_states(run, files) if error is None else []
    differing = [artifact for artifact in artifacts if artifact["state"] != "identical"]
    return {
        "run_id": run.folder.name,
        "identical": error is None and not differing,
        "data": str(place),
        "as_of": params["as_of"] or run.receipt.get("as_of"),
        "changed_files": changed_files,
        "differences": sorted(found, key=lambda difference: KINDS.index(difference["kind"])),
        "artifacts": artifacts,
        "error": error,
        "notes": [
            *date_notes(params, run.closing, changed_files),
            *number_notes(run, files if differing else {}),
            *profile_notes(project, run.opening),
            *git_notes(run.opening, found),
        ],
    }


def pinned_dates(opening: Mapping[str, Any], closing: Mapping[str, Any]) -> dict[str, Any]:
    """The dates that a run saw up to: those it was given, else the last session that it found."""
    as_of = opening["params"]["as_of"]
    if as_of is not None or "horizon" not in closing:
        moment = opening.get("moment")
        return {
            "as_of": timestamp(as_of),
            "moment": None if moment is None else pd.Timestamp(moment),
        }
    found = closing["horizon"]
    return {
        "as_of": None if found["known_at"] is None else pd.Timestamp(found["known_at"]),
        "last_session": None if found["last_session"] is None else pd.Timestamp(found["last_session"]),
    }


def pinned_provider(run: RunRecord, settings: SelectionSettings, place: AnyPlace) -> DiscoveryProvider:
    """The run's provider, which reads the versions that the run read."""
    return provider_of(settings.data, place).pinned(_versions_of(run))


def pinned_models(closing: Mapping[str, Any]) -> dict[str, str]:
    """The models that a run used: file to digest."""
    return {source["source"]: source["digest"] for source in closing["inputs"] if source["role"] == MODEL}


def _versions_of(run: RunRecord) -> dict[str, DataVersion]:
    then = run.intact(INPUTS)
    return {} if then is None else read_versions(json.loads(then))


def pinned_settings(folder: Path) -> tuple[SelectionSettings, list[str]]:
    """The settings that the run left, and the names of those that it lacks because they are newer than it.

    A newer setting has the value of the built-in profile. Raises `ConfigurationError` where the file is missing or doesn't hold
    settings.
    """
    try:
        document = tomllib.loads((folder / SETTINGS).read_text("utf-8"))
    except (FileNotFoundError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{SETTINGS} of the run {folder.name} can't be read: {error}") from None
    built_in: dict[str, Any] = {}
    for _, layer in built_in_layers(document["profile"] if document.get("profile") in BUILT_IN else "v4"):
        built_in = merge(built_in, layer)
    whole = with_newer(document, built_in)
    settings = validated_settings(whole, {})
    return settings, sorted(flat_names(whole).keys() - flat_names(document).keys())


def with_newer(
    document: Mapping[str, Any], built_in: Mapping[str, Any], model: type[Section] = SelectionSettings
) -> dict[str, Any]:
    """A run's settings with those that it lacks; what it has stays, and so do its own gates, rungs and other free tables."""
    whole = dict(document)
    for name, field in model.model_fields.items():
        section = (
            field.annotation if isinstance(field.annotation, type) and issubclass(field.annotation, Section) else None
        )
        if name not in document and field.is_required() and name in built_in:
            whole[name] = built_in[name]
        elif section is not None and isinstance(document.get(name), Mapping):
            whole[name] = with_newer(document[name], built_in.get(name, {}), section)
    return whole


def newer_differences(newer: Sequence[str], settings: SelectionSettings) -> Iterator[dict[str, str]]:
    """Settings that the run's version didn't have: what they do now, and how a run is had without it."""
    values = plain(flat_names(settings.model_dump()))
    for name in newer:
        what = (
            f"{name} is newer than the run: taken as {_shown(values[name])}, as built-in profiles have it. If that is why it "
            f"differs, run anew with --set {name}=..., or with the version that made the run"
        )
        yield _difference("settings", what)


def forget(project: Path, settings: SelectionSettings) -> None:
    """Have the user's modules read anew: what this process imported before may be older than the files."""
    tops = named_packages(settings)
    home = f"{project.resolve()}{os.sep}"
    for name, module in list(sys.modules.items()):
        place = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", [])), "")
        if name.partition(".")[0] in tops and f"{place}{os.sep}".startswith(home):
            del sys.modules[name]


def with_sources_of(run: RunRecord, selection: Selection) -> Selection:
    """The selection with the run's own sources, if it saw the same as of the date.

    The page names the files and their digests: a bar appended after the date would show there, and nowhere else.
    """
    then = run.intact(INPUTS)
    if then is None or input_changes(json.loads(then), inputs_document(selection)):
        return selection
    versions = read_versions(json.loads(then))
    own = tuple(
        Source(
            source["name"],
            source["source"],
            source["rows"],
            source["columns"],
            source["digest"],
            version=versions.get(source["name"]),
        )
        for source in run.closing["inputs"]
        if source["role"] != MODEL
    )
    return replace(selection, tables=replace(selection.tables, sources=own))


def setting_differences(
    params: Mapping[str, Any], settings: SelectionSettings, newer: Sequence[str]
) -> Iterator[dict[str, str]]:
    """Settings in the file that the ledger has otherwise: somebody edited the file."""
    now: dict[str, Any] = plain(flat_names(settings.model_dump()))
    then = {name: value for name, value in params.items() if name not in NOT_SETTINGS}
    now = {name: value for name, value in now.items() if name not in newer}
    for change in value_changes(then, now):
        what = f"{SETTINGS}: {change['name']} is {_shown(change['new'])}, the ledger has {_shown(change['old'])}"
        yield _difference("settings", what)


def module_differences(then: Mapping[str, str], now: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The user's own modules: factors and components."""
    modules = changes(then, now)
    if modules:
        yield _difference("code", f"your own: {modules.text('module', 'modules')}")


def package_differences(opening: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """This package, the libraries and Python, the machine."""
    code, now = opening["code"], package_code()
    parts = changes(code["package_digest"], now["package_digest"])
    if parts:
        versions = " -> ".join(dict.fromkeys([code["package"], now["package"]]))
        yield _difference("code", f"{versions}: {', '.join(f'{name}/' for name in parts.changed)} changed")
    for change in value_changes(flat(opening["environment"]), flat(environment_now())):
        kind = "machine" if change["name"].startswith("machine.") else "libraries"
        yield _difference(kind, f"{change['name'].removeprefix(f'{kind}.')} {change['old']} -> {change['new']}")


def file_changes(sources: list[Mapping[str, Any]], place: Path) -> list[str]:
    """The tables whose files are not those that the run read."""
    found = []
    for source in sources:
        if source.get("version") is not None or source["role"] == MODEL:
            continue  # read again as it was, or not at all
        path = inside(place, source["source"])
        if not path.is_file():
            found.append(f"{source['source']}: gone")
        elif file_digest(path) != source["digest"]:
            found.append(f"{source['source']}: file changed")
    return found


def input_differences(run: RunRecord, changed_files: list[str], files: Mapping[str, bytes]) -> Iterator[dict[str, str]]:
    """What changed in the tables as of the date; where nothing did, that the files changed without it."""
    then = run.intact(INPUTS)
    if then is None or INPUTS not in files:
        yield from (_difference("inputs", change) for change in changed_files)
        return
    content = input_changes(json.loads(then), json.loads(files[INPUTS]))
    for table, change in content.items():
        yield _difference("inputs", f"{'returns' if table == 'days' else table}: {change}")
    if not content:
        for change in changed_files:
            yield _difference("inputs", f"{change}, content as of the date equal", acts=False)


def node_differences(run: RunRecord, files: Mapping[str, bytes]) -> Iterator[dict[str, str]]:
    """The nodes whose code is another, by name."""
    then = run.intact(LINEAGE)
    if then is not None and LINEAGE in files:
        nodes = changes(_versions(then), _versions(files[LINEAGE]))
        if nodes:
            yield _difference("code", nodes.text("node", "nodes"))


def artifact_states(run: RunRecord, files: Mapping[str, bytes]) -> list[dict[str, str]]:
    """Each artifact: identical, or where it differs."""
    states = []
    for name in sorted(run.digests.keys() | files.keys()):
        if name not in files or name not in run.digests:
            state = "not made now" if name in run.digests else "not made then"
            states.append({"path": name, "state": state, "where": ""})
        elif bytes_digest(files[name]) == run.digests[name]:
            states.append({"path": name, "state": "identical", "where": ""})
        else:
            then = run.intact(name)
            where = "the run's own copy was changed" if then is None else file_difference(name, then, files[name])
            states.append({"path": name, "state": "differs", "where": where})
    return states


def date_notes(params: Mapping[str, Any], closing: Mapping[str, Any], changed_files: Sequence[str]) -> Iterator[str]:
    """What became of bars that were appended to files of a run without an as-of date."""
    if params["as_of"] is None and changed_files and "horizon" in closing:
        yield f"the run had no --as-of: what came after its last session, {closing['horizon']['last_session']}, is left out"


def number_notes(run: RunRecord, files: Mapping[str, bytes]) -> Iterator[str]:
    """That the same assets won for the same reasons, where bytes differ only by numbers."""
    then = {name: run.intact(name) for name in run.digests}
    whole = {name: content for name, content in then.items() if content is not None}
    note = discrete_note(whole, files) if files and len(whole) == len(then) else ""
    if note:
        yield note


def profile_notes(project: Path, opening: Mapping[str, Any]) -> Iterator[str]:
    """What the profile would give now: not used here, but a new run would."""
    params, origins = opening["params"], opening["origins"]
    try:
        known = Known(timestamp(params["as_of"]))
        settings = resolved_settings(params["profile"], project=project, known=known).settings
    except ConfigurationError as error:
        yield f"the profile {params['profile']} can't be resolved any more: {error}"
        return
    now: dict[str, Any] = plain(flat_names(settings.model_dump()))
    then = {name: value for name, value in params.items() if name not in NOT_SETTINGS}
    for change in value_changes(then, now):
        if not origin_of(change["name"], origins).startswith(PASSING):
            values = f"{_shown(change['new'])} (then {_shown(change['old'])})"
            yield f"a new run with profile {params['profile']} would have {change['name']} = {values}"


def git_notes(opening: Mapping[str, Any], found: list[dict[str, str]]) -> Iterator[str]:
    """Where the run's code may be had, if it is another now."""
    git = opening["code"]["git"]
    if git and git["commit"] and any(difference["kind"] == "code" for difference in found):
        state = " with changes that weren't committed" if git["dirty"] else ""
        yield f"the project was at commit {git['commit'][:12]}{state}: `git diff {git['commit'][:12]}` shows what changed"


def _difference(kind: str, what: str, *, acts: bool = True) -> dict[str, str]:
    return {"kind": kind, "what": what, "acts": "yes" if acts else "no"}


def _versions(lineage: bytes) -> dict[str, str]:
    return {node["name"]: node["version"] for node in json.loads(lineage)["nodes"]}


def _shown(value: Any) -> str:
    return offenders(value) if isinstance(value, list) and len(value) > 3 else json.dumps(value)
