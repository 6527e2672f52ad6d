"""`export models`: a scorer's models in MLflow's registry, a version per model file.

`registered`, in this order: read the cards and check each file against its own, lock, make the registered model, and for each
file that no version has yet: a run with the card's measures and the file and card as artifacts, and a version of that.
The registry keeps files for others to see; a run of this package reads its own, through their cards.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tradingview_scraper.pipelines.selection.lineage.exporters import mlflow as tracker
from tradingview_scraper.pipelines.selection.lineage.exporters.served import SECONDS, is_served, within
from tradingview_scraper.pipelines.selection.lineage.record.files import locked, made_folder
from tradingview_scraper.pipelines.selection.lineage.record.run_record import ExportError
from tradingview_scraper.pipelines.selection.schemas.digests import file_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError
from tradingview_scraper.pipelines.selection.schemas.run_files import MODELS

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "tvselect-models"
DIGEST, USABLE = "tvselect.digest", "tvselect.usable_from"


@dataclass(frozen=True)
class Registered:
    """A registered model, and which versions of it have just come there."""

    name: str
    tracking_uri: str
    versions: Mapping[str, str]
    """Model file to its version."""
    added: tuple[str, ...]


def registered(project: Path, scorer: str, *, tracking_uri: str | None = None, seconds: float = SECONDS) -> Registered:
    """Put every model of a scorer into the registry, each once. A server has `seconds` for it.

    Raises `ConfigurationError` where the scorer has no models, `VerificationError` where a file isn't its card's, and
    `ExportError` where MLflow is missing, can't be reached, refuses or takes too long.
    """
    model_cards(project / MODELS / scorer)
    uri = tracking_uri or tracker.embedded_uri(project)
    tracker.refuse_unreachable(uri)
    arguments = {"project": str(project), "scorer": scorer, "uri": uri}
    if is_served(uri):
        found = within(seconds, tracker.public_address(uri), registered_document, arguments)
    else:
        found = registered_document(**arguments)
    return Registered(**{**found, "added": tuple(found["added"])})


def registered_document(project: str, scorer: str, uri: str) -> dict[str, Any]:
    """`registered` in this process, however long it takes: its answer as plain data."""
    home = Path(project)
    cards = model_cards(home / MODELS / scorer)
    lock = home / tracker.LOCK
    made_folder(lock.parent, exist_ok=True)
    with tracker.quiet_mlflow(), locked(lock, os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX):
        errors = tracker.mlflow_errors()
        try:
            return asdict(_registered(home, scorer, cards, uri))
        except errors as error:
            address = tracker.public_address(uri)
            reason = tracker.one_line(error).replace(uri, address)
            raise ExportError(f"mlflow: {address} can't take the models of {scorer}: {reason}") from error


def model_cards(folder: Path) -> dict[Path, dict[str, Any]]:
    """Each model file of a folder with its card, in the order of their dates; each file is the one its card was written for."""
    found = {path.with_suffix(".skops"): json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*.json"))}
    if not found:
        raise ConfigurationError(
            f"there is no model in {folder.parent.name}/{folder.name}: `tvselect train` makes them"
        )
    for file, card in found.items():
        if not file.is_file() or file_digest(file) != card["file"]["digest"]:
            raise VerificationError(
                f"{file.name} of {folder.name} is missing, or not the file that its card was written for"
            )
    return found


def _registered(project: Path, scorer: str, cards: Mapping[Path, Mapping[str, Any]], uri: str) -> Registered:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    name = f"tvselect.{scorer}"
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(
            name, description=f"Learned scorer {scorer} of tvselect: a version per training date"
        )
    known = {
        (version.tags[DIGEST], version.tags.get(USABLE, "")): str(version.version)
        for version in client.search_model_versions(f"name = '{name}'")
        if DIGEST in version.tags
    }
    embedded = uri == tracker.embedded_uri(project)
    experiment = tracker.experiment_of(client, EXPERIMENT, project, embedded=embedded)
    versions, added = {}, []
    for file, card in cards.items():
        key = (str(card["file"]["digest"]), str(card["usable_from"]))
        if key not in known:
            known[key] = _version(client, name, experiment, file, card)
            added.append(file.name)
        versions[file.name] = known[key]
    return Registered(name, tracker.public_address(uri), versions, tuple(added))


def _version(client: "MlflowClient", name: str, experiment: str, file: Path, card: Mapping[str, Any]) -> str:
    run = client.create_run(experiment, run_name=f"{name} {file.stem}", tags={DIGEST: str(card["file"]["digest"])})
    run_id = str(run.info.run_id)
    for measure, seen in card["measures"].items():
        if seen.get("mean") is not None:
            client.log_metric(run_id, measure, float(seen["mean"]))
    client.log_artifact(run_id, str(file), "model")
    client.log_artifact(run_id, str(file.with_suffix(".json")), "model")
    client.set_terminated(run_id)
    version = client.create_model_version(
        name,
        f"{run.info.artifact_uri}/model",
        run_id,
        tags={DIGEST: str(card["file"]["digest"]), USABLE: str(card["usable_from"])},
        description=f"usable from {card['usable_from']}",
    )
    return str(version.version)


def registered_text(found: Registered) -> str:
    """The outcome for a terminal."""
    lines = [f"{found.name} in {found.tracking_uri}: {len(found.versions)} versions, {len(found.added)} new"]
    return "\n".join([*lines, *(f"  version {version}  {file}" for file, version in found.versions.items())])
