"""What only v3.4 needs hangs together: the list of what goes with it is whole, and nothing else leans on it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.market import settings
from support.paths import ROOT
from tradingview_scraper.pipelines.selection.drivers import migration
from tradingview_scraper.pipelines.selection.schemas.settings import CompatSettings

HOUSE = ("dataflow", "schemas", "drivers", "lineage")
FIELDS = tuple(CompatSettings.model_fields)
# What leans on v3.4 beside the settings: modules, arguments of kernels and gates, the profile.
OTHERS = (
    "migration_commands",
    "compat",
    "CompatSettings",
    "drivers.migration",
    "conditioning",
    "crowding",
    "exempt_benchmarks",
    "exempting_gates",
    "ingestion.believed",
    "believed: bool",
    "VALUE_RULES",
    "undirected",
    "by_dtype",
    "sample_deviation",
)
KERNELS = ("join_gaps", "network_ties", "metadata_keys", "thin: float", "portable: bool")
MARKS = re.compile(rf"\b({'|'.join((*FIELDS, *OTHERS, *KERNELS))})\b|(== \"pandas\"|fields == \"believed\"|\"v3\.4\")")


def listed(heading: str) -> tuple[str, ...]:
    """The paths under a heading of the docstring."""
    text = (migration.__doc__ or "").partition(f"\n{heading}")[2]
    return tuple(re.findall(r"^    ([\w./]+)", re.split(r"\n(?=\w)", text)[0], re.M))


DELETED, EDITED = listed("Delete:"), listed("Edit,")


def files() -> Iterator[Path]:
    """The text of the project that has to be whole afterwards: code, profiles, pages; tests say so themselves."""
    for folder in (*HOUSE, "docs"):
        for pattern in ("*.py", "*.toml", "*.md", "*.txt", "*.svg"):
            yield from sorted((ROOT / folder).rglob(pattern))
    yield from (ROOT / "pyproject.toml", ROOT / "README.md")


def goes(path: str) -> bool:
    return any(path == gone or path.startswith(f"{gone}/") for gone in DELETED)


def leaning() -> dict[str, list[str]]:
    """File that stays to what in it leans on v3.4."""
    marks = {
        path.relative_to(ROOT).as_posix(): sorted(set(map("".join, MARKS.findall(path.read_text("utf-8")))))
        for path in files()
    }
    return {name: found for name, found in marks.items() if found and not goes(name)}


def test_every_path_of_the_list_is_there() -> None:
    assert len(DELETED) > 5
    assert not [path for path in (*DELETED, *EDITED) if not (ROOT / path).exists()]


def test_the_list_is_whole() -> None:
    found = leaning()
    assert {name: marks for name, marks in found.items() if name not in EDITED} == {}, "add them to drivers.migration"
    assert [name for name in EDITED if name not in found] == [], "nothing there leans on v3.4: take them off the list"


@pytest.mark.parametrize("field", FIELDS)
def test_every_setting_is_read_by_the_dataflow_or_chooses_its_modules(field: str) -> None:
    word = re.compile(rf"\b{field}\b")
    places = [*sorted((ROOT / "dataflow").rglob("*.py")), ROOT / "drivers" / "execution" / "stage_modules.py"]
    # `unchecked` stands for other settings: `SelectionSettings.effective` puts its values in their places.
    places += [ROOT / "schemas" / "settings.py"] if field == "unchecked" else []
    assert any(word.search(path.read_text("utf-8")) for path in places)


def test_only_the_command_line_imports_the_folder() -> None:
    importing = [
        path.relative_to(ROOT).as_posix()
        for folder in HOUSE
        for path in sorted((ROOT / folder).rglob("*.py"))
        if re.search(r"^\s*(from|import) .*\bmigration\b", path.read_text("utf-8"), re.M)
    ]
    assert not [path for path in importing if not path.startswith(("drivers/migration/", "drivers/cli/"))]
    assert any(path.startswith("drivers/cli/") for path in importing)


def test_under_v4_every_choice_has_the_value_that_is_named_first() -> None:
    own = settings().compat
    for name, field in CompatSettings.model_fields.items():
        choices = getattr(field.annotation, "__args__", ())
        if choices and all(isinstance(choice, str) for choice in choices):
            assert getattr(own, name) == choices[0], name
