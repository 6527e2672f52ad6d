"""Models in MLflow's registry: read back with MLflow's own client."""

from pathlib import Path

import pytest

from support.command_line import tvselect
from support.worlds import written_models
from tradingview_scraper.pipelines.selection.lineage.exporters.mlflow import embedded_uri
from tradingview_scraper.pipelines.selection.lineage.exporters.model_registry import (
    DIGEST,
    registered,
    registered_text,
)
from tradingview_scraper.pipelines.selection.schemas.digests import file_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError


def test_each_model_is_a_version_once_with_its_file_and_card(tmp_path: Path) -> None:
    from mlflow import MlflowClient

    first, second = written_models(tmp_path / "models", "2024-05-01", "2024-06-01")
    found = registered(tmp_path, "mine")
    assert found.added == (first.name, second.name)
    client = MlflowClient(embedded_uri(tmp_path), embedded_uri(tmp_path))
    versions = {str(each.version): each for each in client.search_model_versions("name = 'tvselect.mine'")}
    assert sorted(versions) == sorted(found.versions.values())
    for file in (first, second):
        version = versions[found.versions[file.name]]
        assert version.tags[DIGEST] == file_digest(file)
        assert "ic_out_of_fold" in client.get_run(version.run_id).data.metrics
        kept = Path(client.download_artifacts(version.run_id, f"model/{file.name}", str(tmp_path)))
        assert kept.read_bytes() == file.read_bytes()
    again = registered(tmp_path, "mine")
    assert (again.added, again.versions) == ((), found.versions)
    assert registered_text(again).startswith("tvselect.mine in sqlite")


def test_a_file_that_is_not_its_cards_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (file,) = written_models(tmp_path / "models", "2024-05-01")
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(VerificationError, match="of mine is missing, or not the file"):
        registered(tmp_path, "mine")
    assert not (tmp_path / "mlflow.db").exists()
    with pytest.raises(ConfigurationError, match="there is no model in models/other"):
        registered(tmp_path, "other")
    assert tvselect("export", "models", "other", "--project", str(tmp_path)).exit_code == 2
