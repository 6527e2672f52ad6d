"""What changed in a DAG: between documents, and between two commits of a project."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tradingview_scraper.pipelines.selection.drivers.review.lineage_documents import commit_dag, named_dag, profile_dag
from tradingview_scraper.pipelines.selection.lineage.graph.difference import (
    difference_picture,
    difference_text,
    lineage_difference,
)
from tradingview_scraper.pipelines.selection.lineage.graph.sources import Module, Sources
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError

SETTINGS = '[base]\nfeatures.modules = ["factors.own"]\n'
HELPERS = '''"""What factors share."""

SCALE = 2.0


def scaled(values):
    """Scaled."""
    return values * SCALE
'''
FACTORS = '''"""Factors."""

import pandas as pd

from factors.helpers import scaled


def first(recent_return: pd.Series) -> pd.Series:
    """Uses a helper."""
    return scaled(recent_return)


def second(volatility: pd.Series) -> pd.Series:
    """Will have another name."""
    return volatility + 1.0


def third(volatility: pd.Series) -> pd.Series:
    """Stays as it is."""
    return volatility + 3.0
'''
ADDED = '''

def fourth(first: pd.Series) -> pd.Series:
    """Came later."""
    return first + 4.0
'''


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *who, *arguments], cwd=folder, env=environment, check=True, capture_output=True)


def committed(folder: Path, tag: str, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", tag)
    git(folder, "tag", tag)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two commits: a factor more, a node renamed, a helper changed; comments changed, too."""
    folder = tmp_path_factory.mktemp("diff") / "project"
    folder.mkdir()
    git(folder, "init", "--quiet")
    files = {"tvselect.toml": SETTINGS, "factors/helpers.py": HELPERS, "factors/own.py": FACTORS}
    committed(folder, "before", files)
    changed = FACTORS.replace("second", "better").replace("Stays as it is.", "Stays, but is told otherwise.")
    helpers = HELPERS.replace("* SCALE", "* SCALE + 1.0")
    committed(folder, "after", {"factors/own.py": changed + ADDED, "factors/helpers.py": helpers})
    return folder


def test_a_commit_that_adds_renames_and_changes_a_helper_shows_all_three(project: Path) -> None:
    before, after = (named_dag(project, name, "v4") for name in ("before", "after"))
    found = lineage_difference(before, after)
    assert found["added"] == ["better", "fourth"]
    assert found["removed"] == ["second"]
    assert found["renamed"] == {"second": "better"}
    assert found["changed"] == {"first": ["code"]}
    assert found["edges_added"] == [
        ["better", "feature_store"],
        ["first", "fourth"],
        ["fourth", "feature_store"],
        ["volatility", "better"],
    ]
    assert found["edges_removed"] == [["second", "feature_store"], ["volatility", "second"]]
    text = difference_text(found, "before", "after")
    for line in ("  > second is now better", "  + fourth", "  ~ first: code", "  + first -> fourth"):
        assert line in text.splitlines()
    assert "third" not in text


def test_both_are_in_one_picture_with_their_marks(project: Path) -> None:
    before, after = (commit_dag(project, name, "v4") for name in ("before", "after"))
    drawn = difference_picture(before, after, title="before and after")
    marks = {
        group.get("data-name"): (group.get("class") or "").split()[-1]
        for group in ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}g")
        if group.get("data-name")
    }
    assert (marks["fourth"], marks["second"], marks["first"]) == ("added", "removed", "changed")
    assert marks["third"] not in {"added", "removed", "changed"}
    paths = list(ElementTree.fromstring(drawn).iter("{http://www.w3.org/2000/svg}path"))
    edges = {(path.get("data-source"), path.get("data-target")): path.get("class") for path in paths}
    assert "added" in str(edges["first", "fourth"])
    assert "removed" in str(edges["second", "feature_store"])


def test_a_commit_equals_the_project_as_it_is_there(project: Path) -> None:
    here = profile_dag(project, "v4")
    assert commit_dag(project, "after", "v4") == here
    assert difference_text(lineage_difference(here, here), "a", "b") == "a and b: the same nodes, edges and code"


def test_what_is_no_commit_is_refused(project: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no profile, run or commit"):
        named_dag(project, "nonsense", "v4")
    with pytest.raises(ConfigurationError, match="no profile, run or commit"):
        named_dag(tmp_path, "HEAD", "v4")
    committed(project, "broken", {"factors/own.py": "import nothing_of_the_kind\n"})
    with pytest.raises(ConfigurationError, match=r"the graph of broken can't be built: .*nothing_of_the_kind"):
        commit_dag(project, "broken", "v4")


def node(name: str, *dependencies: str, **fields: Any) -> dict[str, Any]:
    common = {"stage": "features", "module": "m", "kind": "value", "validated": False, "type": "Series"}
    return {"name": name, **common, "documentation": "", "version": name, "dependencies": [*dependencies], **fields}


def test_an_edge_that_turned_round_is_drawn_as_it_is_now() -> None:
    old = {"nodes": [node("a"), node("b", "a")]}
    new = {"nodes": [node("a", "b"), node("b")]}
    found = lineage_difference(old, new)
    assert (found["edges_added"], found["edges_removed"]) == ([["b", "a"]], [["a", "b"]])
    assert 'data-source="b" data-target="a"' in difference_picture(old, new, title="turned")


def test_a_declaration_that_changed_is_said_to_have() -> None:
    old, new = ({"nodes": [node("a", declared={"weight": weight})]} for weight in (0.0, 1.0))
    assert lineage_difference(old, new)["changed"] == {"a": ["declaration"]}


def digest(own: str, helpers: str = "") -> str:
    modules = {"p.own": own, "p.helpers": helpers}
    return Sources(lambda name: Module(modules[name], "p") if name in modules else None).digest("p.own", "f")


OWN = "from p import helpers\nfrom .helpers import g\nK = 1\ndef f(a, b):\n    return g(a) + helpers.h(b) + K\n"
HELP = "def g(x): return x + L\ndef h(x): return _i(x)\ndef _i(x): return x\nL = 2\ndef unused(x): return x\n"


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("def f(a, b):\n", "# why\ndef f(a, b):\n    'Says something.'\n", True),
        ("def f(a, b):\n", "@factor(low=0)\n@tag(reads='x')\ndef f(a, b):\n", True),
        ("+ K", "+ (K)", True),
        ("K = 1", "K = 2", False),
        ("helpers.h(b)", "helpers.h(a)", False),
        ("def f(a, b):\n", "@wrapped\ndef f(a, b):\n", False),
    ],
)
def test_the_version_is_that_of_the_code_and_nothing_else(old: str, new: str, same: bool) -> None:
    assert (digest(OWN.replace(old, new), HELP) == digest(OWN, HELP)) is same


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("L = 2", "L = 3", False),
        ("def _i(x): return x", "def _i(x): return -x", False),
        ("def unused(x): return x", "def unused(x): return -x", True),
        ("def g(x): return x + L", "def g(x):\n    # why\n    return x + L", True),
    ],
)
def test_helpers_count_as_far_as_they_are_used(old: str, new: str, same: bool) -> None:
    assert (digest(OWN, HELP.replace(old, new)) == digest(OWN, HELP)) is same


def test_an_argument_is_not_the_function_of_its_name() -> None:
    both = "def returns(x):\n    return x{}\ndef f(returns):\n    return returns\n"
    assert digest(both.format("")) == digest(both.format(" + 1"))


def test_a_digest_is_that_of_earlier_records() -> None:
    own = '''
from p.helpers import g
LIMIT = {"a": (1, -2.5, None), "é\\n": [True, b"x"]}
@factor(low=0.0)
@other.kept(LIMIT)
def f(a, *rest, key="", **more):
    """Says what it is."""
    found = [g(x) for x in rest if x is not None and not x.flag]
    return {**more, key: f"{a!r:>3}", "n": lambda y=1: found[1:2] or y ** 2}
'''
    helpers = "class g:\n    'Told.'\n    async def h(self) -> 'g':\n        yield await self\n"
    # What the first records have: another digest would say of every node of an older run that its code changed.
    assert digest(own, helpers) == "sha256:da99086d39a0b1da6724b9c67d166d2f45f7a2243c3cbe65e8426c9e8bda4411"


def test_a_name_that_a_function_inside_binds_counts_as_bound() -> None:
    own = "from p.helpers import g\ndef f(a):\n    def inside(x):\n        g = x\n        return g\n    return g(inside(a))\n"
    assert digest(own, "def g(x): return x\n") == digest(own, "def g(x): return -x\n")
