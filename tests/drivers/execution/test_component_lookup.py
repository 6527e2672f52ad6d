"""Components by name: the built-in ones, a scikit-learn clusterer, the user's own, and all that can be wrong with these."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from support.market import selected, selection, settings
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.drivers.execution.component_lookup import (
    BUCKETIZER,
    PROVIDER,
    SCORER,
    bucketizer_of,
    component_class,
)
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

COMPONENTS = "tradingview_scraper.pipelines.selection.dataflow.components"
OWN = f"""
import numpy as np
import pandas as pd
from {COMPONENTS} import ConvictionScorer, DiscoveryProvider, FactorBucketizer, Tables
from tradingview_scraper.pipelines.selection.dataflow.ingestion.providers.folder import FolderProvider
from tradingview_scraper.pipelines.selection.dataflow.inference.scorers.log_mps import LogMps
from tradingview_scraper.pipelines.selection.dataflow.partitioning.bucketizers.ward import WardBucketizer
from own_helper import ANYTHING
"""
# Kind: key, base class, a class of the kind that works, the method that is asked, its arguments.
KINDS = {
    "provider": ("data.provider", "DiscoveryProvider", "FolderProvider", "tables(self, as_of)"),
    "scorer": ("scorers.log_mps.kind", "ConvictionScorer", "LogMps", "conviction(self, probabilities, scoring)"),
    "metrics": ("scorers.log_mps.kind", "ConvictionScorer", "LogMps", "probabilities(self, scoring)"),
    "bucketizer": ("clusters.bucketizer", "FactorBucketizer", "WardBucketizer", "labels(self, distance)"),
}
# What its method does: kind -> body -> words of the message.
ANSWERS: dict[str, dict[str, str]] = {
    "provider": {
        "return []": "must answer Tables, not list",
        "raise KeyError('feed')": "raised KeyError: 'feed'",
        "return Tables([{'name': 1}])": "every candidate a symbol",
        "return Tables([], bars=[1])": "bars as a DataFrame, not list",
        "return Tables([], bars=pd.DataFrame({'close': [1.0]}))": "they lack symbol, date",
        "return Tables([], bars=pd.DataFrame({'symbol': ['A'], 'date': [1], 'close': [1.0]}))": "categorical symbol",
        "return Tables([], returns=pd.DataFrame({'A': [0.1]}))": "indexed by date",
    },
    "scorer": {
        "return probabilities": "one conviction per asset",
        "return [1.0] * len(probabilities)": "got a list",
        "return pd.Series(-1.0, index=probabilities.index)": "finite and >= 0",
        "return pd.Series(np.nan, index=probabilities.index)": "finite and >= 0",
        "return pd.Series(np.inf, index=probabilities.index)": "finite and >= 0",
        "return pd.Series('a', index=probabilities.index)": "must answer numbers",
        "return pd.Series(1.0, index=range(len(probabilities)))": "indexed by symbol",
        "raise ZeroDivisionError('first\\nsecond')": "raised ZeroDivisionError: first",
    },
    "metrics": {
        "return scoring.metrics.iloc[:, 0]": "must answer probabilities as a DataFrame, not Series",
        "return scoring.metrics.iloc[1:]": "one row per asset",
        "return scoring.metrics.iloc[:, 1:]": "one column per scored factor",
        "return scoring.metrics * 0 + 2": "in [0, 1] or NaN",
    },
    "bucketizer": {
        "raise ValueError('too far')": "raised ValueError: too far",
        "return np.zeros(len(distance) - 1)": "labels of shape",
        "return None": "labels of shape ()",
        "return np.full(len(distance), np.nan)": "no label",
    },
}
CASES = [(kind, body, words) for kind, bodies in ANSWERS.items() for body, words in bodies.items()]


def own_class(kind: str, body: str = "", init: str = "") -> str:
    """The text of a module with the class `Own` of a kind."""
    _, _, works, method = KINDS[kind]
    lines = [f"class Own({works}):"]
    lines += [f"    def __init__(self{', folder, settings' if kind == 'provider' else ''}): {init}"] if init else []
    lines += [f"    def {method}:", *(f"        {line}" for line in [body or "pass"])]
    return OWN + "\n".join(lines) + "\n"


def project_with(sample: SampleRun, folder: Path, text: str) -> Path:
    project = folder / "project"
    shutil.copytree(sample.project, project, ignore=shutil.ignore_patterns("runs"))
    (project / "own.py").write_text(text)
    (project / "own_helper.py").write_text("ANYTHING = 1\n")
    return project


def refusal(project: Path, key: str, value: str = "own:Own", *more: str) -> str:
    """What the command line says of a component; one line, exit code 2."""
    result = CliRunner().invoke(main, ["run", "--quiet", "--project", str(project), "--set", f"{key}={value}", *more])
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    lines = [line for line in result.stderr.splitlines() if line]
    assert len(lines) == 1, lines
    assert key in lines[0]
    return lines[0]


@pytest.mark.parametrize(("kind", "body", "words"), CASES)
def test_what_a_component_answers_is_checked(
    kind: str, body: str, words: str, sample_run: SampleRun, tmp_path: Path
) -> None:
    said = refusal(project_with(sample_run, tmp_path, own_class(kind, body)), KINDS[kind][0])
    assert "own:Own" in said
    assert words in said


@pytest.mark.parametrize("kind", ["provider", "scorer", "bucketizer"])
def test_a_class_that_can_not_be_made_is_refused(kind: str, sample_run: SampleRun, tmp_path: Path) -> None:
    key, base, works, _ = KINDS[kind]
    project = project_with(sample_run, tmp_path, own_class(kind, init="raise RuntimeError('no licence')"))
    assert "Own(...) raised RuntimeError: no licence" in refusal(project, key)
    assert "there is no module 'nowhere'" in refusal(project, key, "nowhere:Own")
    assert "no class 'Other'" in refusal(project, key, "own:Other")
    assert "no class 'ANYTHING'" in refusal(project, key, "own:ANYTHING")
    assert "there are " in refusal(project, key, "unheard_of")
    (project / "own.py").write_text("class Own: pass\n")
    assert f"is no {base}" in refusal(project, key)
    (project / "own.py").write_text(f"from {COMPONENTS} import {base}\nclass Own({base}): pass\n")
    assert f"lacks what every {base} has" in refusal(project, key)
    (project / "own.py").write_text(OWN + f"class Own({works}):\n    def __init__(self, colour): pass\n")
    assert "asks for colour" in refusal(project, key)
    section = key.rpartition(".")[0]
    assert "no parameter size" in refusal(project, key, "own:Own", "--set", f"{section}.parameters.size=1")
    (project / "own.py").write_text("1 / 0\n")
    assert "raised ZeroDivisionError" in refusal(project, key)
    (project / "own.py").write_text("import missing_library\n")
    assert "needs 'missing_library'" in refusal(project, key)


def test_run_and_reproduce_use_the_profiles_provider_and_its_code_is_recorded(
    sample_run: SampleRun, tmp_path: Path
) -> None:
    text = OWN + (
        "class Own(FolderProvider):\n"
        "    def __init__(self, folder, settings, drop):\n"
        "        super().__init__(folder, settings)\n        self._drop = drop\n"
        "    def tables(self, as_of):\n"
        "        from dataclasses import replace\n"
        "        found = super().tables(as_of)\n"
        "        return replace(found, candidates=found.candidates[self._drop:])\n"
    )
    project = project_with(sample_run, tmp_path, text)
    chosen = ["--set", "data.provider=own:Own", "--set", "data.parameters.drop=5"]
    run = CliRunner().invoke(main, ["run", "--quiet", "--project", str(project), *chosen])
    assert run.exit_code == 0, run.output
    again = CliRunner().invoke(main, ["reproduce", "@latest", "--project", str(project)])
    assert again.exit_code == 0, again.output
    (project / "own.py").write_text(text.replace("candidates[self._drop:]", "candidates[self._drop + 5:]"))
    changed = CliRunner().invoke(main, ["reproduce", "@latest", "--project", str(project)])
    assert changed.exit_code == 4, changed.output
    assert "own" in changed.output


def test_every_built_in_component_is_found_by_its_files_name() -> None:
    for kind in (PROVIDER, SCORER, BUCKETIZER):
        assert kind.built_in
        for name in kind.built_in:
            assert issubclass(component_class(kind, name, "key"), kind.base)


def test_a_new_file_is_a_new_component(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BUCKETIZER.folder, "__path__", [*BUCKETIZER.folder.__path__, str(tmp_path)])
    (tmp_path / "halves.py").write_text(
        f"import numpy as np\nfrom {COMPONENTS} import FactorBucketizer\n"
        "class Halves(FactorBucketizer):\n    def labels(self, distance):\n        return np.arange(len(distance)) % 2\n"
    )
    assert selected({"clusters.bucketizer": "halves"}).context.clusters["cluster"].nunique() == 2
    (tmp_path / "nothing.py").write_text("")
    with pytest.raises(ConfigurationError, match=r"nothing\.py must define one concrete FactorBucketizer"):
        component_class(BUCKETIZER, "nothing", "clusters.bucketizer")


TAKES_A_DISTANCE: list[tuple[str, dict[str, Any]]] = [
    ("DBSCAN", {"eps": 0.5, "min_samples": 2}),
    ("HDBSCAN", {"min_cluster_size": 3, "copy": True}),
    ("OPTICS", {"min_samples": 3}),
    ("AgglomerativeClustering", {"n_clusters": 7, "linkage": "average"}),
]


@pytest.mark.parametrize(("name", "parameters"), TAKES_A_DISTANCE)
def test_a_clusterer_of_scikit_learn_by_its_path(name: str, parameters: dict[str, Any]) -> None:
    run = selected({"clusters.bucketizer": f"sklearn.cluster:{name}", "clusters.parameters": parameters})
    sklearn_cluster = __import__("sklearn.cluster").cluster
    distance = selection().distance.square()
    direct = getattr(sklearn_cluster, name)(**parameters, metric="precomputed").fit_predict(distance)
    groups = len(set(direct[direct >= 0].tolist())) + int((direct < 0).sum())
    assert run.context.clusters["cluster"].nunique() == groups
    assert groups > 1


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("KMeans", {}, "KMeans, which clusters by coordinates"),
        ("AffinityPropagation", {}, "AffinityPropagation, which clusters by a similarity"),
        ("SpectralClustering", {}, "SpectralClustering, which clusters by a similarity"),
        ("DBSCAN", {"colour": 1}, "DBSCAN, which has no parameter colour"),
        ("AgglomerativeClustering", {"linkage": "ward"}, "raised ValueError"),
    ],
)
def test_a_clusterer_that_takes_no_distance_is_refused(name: str, parameters: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        selected({"clusters.bucketizer": f"sklearn.cluster:{name}", "clusters.parameters": parameters})
    assert f"clusters.bucketizer 'sklearn.cluster:{name}'" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_component_gets_its_settings_by_name() -> None:
    ward = bucketizer_of(settings().clusters.model_copy(update={"max_clusters": 2, "threshold": 0.0}))
    distance = np.array([[0.0, 0.1, 0.9], [0.1, 0.0, 0.9], [0.9, 0.9, 0.0]])
    assert len(set(ward.labels(distance).tolist())) == 2
