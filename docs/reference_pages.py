"""The pages of the reference, made from the code when the site is built.

`reference_pages` gives name and text of each. What stands there is read from where it is decided: settings and gates from
the models and profiles, factors and figures from their functions, commands from the command line, files from a real run.
`python docs/reference_pages.py FOLDER` writes them to a folder.
"""

import ast
import inspect
import json
import math
import re
import sys
import tempfile
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import annotated_types
import click
import pandas as pd
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tradingview_scraper.pipelines.selection import drivers
from tradingview_scraper.pipelines.selection.dataflow.features import factors
from tradingview_scraper.pipelines.selection.dataflow.features.declaration import declared_factors
from tradingview_scraper.pipelines.selection.drivers import testing
from tradingview_scraper.pipelines.selection.drivers.cli.main import main
from tradingview_scraper.pipelines.selection.drivers.demo.project import new_project
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.lineage.record import figures
from tradingview_scraper.pipelines.selection.schemas import errors, frames, gates, run_files, settings

PROFILES = ("v4", "v3.4")
MODELS = {
    run_files.POOL: frames.RawPool,
    run_files.FEATURES: frames.FeatureStore,
    run_files.INFERENCE: frames.InferenceOutputs,
    run_files.CLUSTERS: frames.Clusters,
    run_files.DECISIONS: frames.Decisions,
    run_files.STANDINGS: frames.Standings,
    run_files.CHALLENGERS: frames.Challengers,
}
# What an optimiser reads: each field of the two documents. A field without a line here fails the build.
ATOM_FIELDS = {
    "id": "name of the atom, unique in the document: asset, logic, direction, timescale",
    "asset": "the asset's name in the returns",
    "logic": "the scanner logic that proposed it",
    "direction": "`LONG` or `SHORT`",
    "timescale": "bar length that the logic trades on, from `synthesis.timescale`",
    "parameters": "of the logic; empty where a scanner gives none",
    "conviction": "the champion's score of the asset, >= 0; comparable within one run",
    "weight": "+1 long, -1 short: the sign of the position, not its size",
    "cluster": "number of the asset's factor group in this run, from 1",
    "route": "how it won: `ranked`, `benchmark`, `representative` or `fill`",
    "fails": "relaxable gates that it fails at the last rung and was recruited past; empty for the ranked",
}
MANIFEST_FIELDS = {
    "schema_version": "version of the format",
    "rung": "rung of the ladder at which the selection ended, from 1",
    "routes": "how many winners came by which route",
    "atoms": "the atoms, best first",
}
CANDIDATE_FIELDS = {
    "symbol": "the asset's name in the returns",
    "identity": "what is economically the same has the same identity",
    "direction": "`LONG` or `SHORT`",
    "logic": "the scanner logic that proposed it",
    "alpha_score": "the champion's score of the asset, as `conviction` in the manifest",
    "scanner_symbol": "the scanner's name, where it differs from `symbol`",
    "selection_note": "how it won, where that wasn't by rank: `recruited as benchmark`, `representative` or `fill`",
}


def reference_pages() -> dict[str, str]:
    """File name to text of every page of the reference."""
    makers: dict[str, Callable[[], str]] = {
        "settings.md": settings_page,
        "factors.md": factors_page,
        "gates.md": gates_page,
        "figures.md": figures_page,
        "files.md": files_page,
        "commands.md": commands_page,
        "exit-codes.md": exit_codes_page,
        "environment.md": environment_page,
        "python.md": python_page,
    }
    return {name: make() for name, make in makers.items()}


def settings_page() -> str:
    """Every setting: type, range, meaning, and its value in both built-in profiles."""
    values = {name: resolved_settings(name).settings.model_dump() for name in PROFILES}
    text = "# Settings\n\nA setting is named by section and key, as in `--set recruitment.floor=20`. No value is built "
    text += "into the code: the two profiles say all of them. **Where v3.4 differs, its value is bold.**\n\n## Top level\n\n"
    root = settings.SelectionSettings
    sections = {name: field for name, field in root.model_fields.items() if _is_section(field)}
    text += _settings_table(root, "", values, skipped=("gates", "ladder", *sections))
    for name, field in sections.items():
        model = typing.cast(type[BaseModel], field.annotation)
        text += f"\n## {name}\n\n{inspect.getdoc(model)}\n\n"
        text += _settings_table(model, f"{name}.", {profile: values[profile][name] for profile in PROFILES})
    tables = (
        ("scorers.NAME", settings.ScorerSettings),
        ("scanners.NAME", settings.ScannerSettings),
        ("scanners.NAME.filters", settings.ScanFilter),
        ("gates.NAME", gates.Gate),
        ("ladder", gates.Step),
    )
    for title, model in tables:
        text += f"\n## {title}\n\n{inspect.getdoc(model)}\n\n" + _table(
            ("key", "type", "meaning"),
            [(f"`{key}`", f"`{_type_name(field)}`", _meaning(model, key)) for key, field in model.model_fields.items()],
        )
    return text


def factors_page() -> str:
    """Every built-in factor: formula and source, inputs, range, probability map, weights."""
    both = [resolved_settings(name).settings.weights for name in PROFILES]
    text = "# Factors\n\nA factor is a function; each is a column of `features.parquet`. Its parameters name what it reads: "
    text += "another factor, a table, or a setting of `features`. A factor without a weight is computed and recorded, but not "
    text += "scored.\n"
    for module in factors.BUILT_IN:
        text += f"\n## {module.__name__.rpartition('.')[2]}\n\n{inspect.getdoc(module)}\n"
        for name, declared in declared_factors(module).items():
            function = getattr(module, name)
            reads = ", ".join(f"`{parameter}`" for parameter in inspect.signature(function).parameters)
            weights = ", ".join(
                f"{weights[name]:g} in {profile}"
                for profile, weights in zip(PROFILES, both, strict=True)
                if name in weights
            )
            null = "NaN where unknown" if declared.nullable else "never NaN"
            text += f"\n### {name}\n\n{inspect.getdoc(function)}\n\n" + _table(
                ("reads", "range", "probability map", "weight"),
                [
                    (
                        reads,
                        f"{_interval(declared.low, declared.high)}, {null}",
                        f"`{declared.probability}`",
                        weights or "none",
                    )
                ],
            )
    return text


def gates_page() -> str:
    """Every gate: what it compares, its kind, its threshold at each rung of each profile."""
    text = "# Gates and the ladder\n\nNo rung loosens a hard gate. The threshold of a relaxable one loosens from rung to rung. "
    text += "An unknown value fails, unless `unknown` says otherwise.\n"
    for profile in PROFILES:
        resolved = resolved_settings(profile).settings
        rungs = resolved.rungs()
        text += f"\n## {profile}\n\n" + _table(
            ("gate", "kind", "passes", "unknown", *(f"rung {rung.number}: {rung.name}" for rung in rungs)),
            [
                (
                    f"`{name}`",
                    gate.kind,
                    f"`{gate.feature} {gate.op}`",
                    gate.unknown,
                    *(f"{rung.thresholds[name]:g}" for rung in rungs),
                )
                for name, gate in resolved.active_gates.items()
            ],
        )
        off = [f"`{name}`" for name in resolved.gates if name not in resolved.active_gates]
        text += f"\nDisabled here: {', '.join(off)}.\n" if off else ""
        text += "\n" + _table(
            ("rung", "who wins"), [(f"{rung.number}: {rung.name}", f"`{rung.recruit}`") for rung in rungs]
        )
    return text


def figures_page() -> str:
    """Every figure of the audit: definition, unit, range, why it may be absent."""
    text = f"# Figures of the audit\n\n{_prose(figures)}\n\n"
    registered: Mapping[str, Any] = getattr(figures, "FIGURES", {})
    return text + _table(
        ("figure", "measures", "unit", "range", "absent"),
        [
            (
                f"`{name}{'.' + each.per.upper() if each.per else ''}`",
                each.definition,
                each.unit,
                _interval(each.low, each.high),
                each.absent,
            )
            for name, each in registered.items()
        ],
    )


def files_page() -> str:
    """Every file of a run, with the columns and fields that a real run has."""
    listed = _table(
        ("file", "holds", "format", "always"),
        [
            (f"[`{file.name}`](#{_anchor(file.name)})", file.holds, file.version or "", "yes" if file.always else "no")
            for file in run_files.RUN_FILES.values()
        ],
    )
    text = "# Files of a run\n\nA run is a folder `runs/RUN`. A portfolio optimiser reads `manifest.json`, or, where it expects "
    text += f"v3.4's format, `portfolio_candidates.json`.\n\n{listed}"
    with tempfile.TemporaryDirectory() as scratch:
        new_project(Path(scratch, "demo"))
        folder = drivers.run(Path(scratch, "demo"), as_of="2026-06-30", fragility=1).folder
        for file in run_files.RUN_FILES.values():
            text += f"\n## {file.name}\n\n{file.holds[0].upper()}{file.holds[1:]}.\n\n"
            if file.name == run_files.MANIFEST:
                text += manifest_text(_json(folder / file.name))
            elif file.name == run_files.CANDIDATES:
                text += candidates_text(_json(folder / file.name))
            elif file.name.endswith(".parquet"):
                text += parquet_text(file.name, pd.read_parquet(folder / file.name))
            elif file.name.endswith(".json"):
                text += fields_text(_json(folder / file.name))
    return text


def manifest_text(document: Mapping[str, Any]) -> str:
    """The manifest's fields, and its beginning."""
    shown = {**document, "atoms": document["atoms"][:2]}
    return (
        f"{_documented([dict(document)], MANIFEST_FIELDS)}\nEach atom:\n\n"
        f"{_documented(document['atoms'], ATOM_FIELDS)}\nThe demo's, with its first two atoms:\n\n{_block('json', shown)}"
    )


def candidates_text(document: list[dict[str, Any]]) -> str:
    """The candidates' fields, and one of them."""
    own = [{key: value for key, value in each.items() if key in CANDIDATE_FIELDS} for each in document]
    return (
        "A list, best first, of what the scanner said of each winner (all its fields, under its names), and:\n\n"
        f"{_documented(own, CANDIDATE_FIELDS)}\nThe first winner of the demo:\n\n{_block('json', document[0])}"
    )


def parquet_text(name: str, frame: pd.DataFrame) -> str:
    """The columns of a table: type in the file, and what its Pandera model demands."""
    model = MODELS.get(name)
    demands = {} if model is None else {**model.to_schema().columns}
    rows = [(f"`{column}`", f"`{frame[column].dtype}`", _demand(demands.get(str(column)))) for column in frame.columns]
    shown = rows if len(rows) <= 60 else [*rows[:60], (f"and {len(rows) - 60} more", "", "")]
    index = f"Index: `{frame.index.name}`.\n\n" if frame.index.name else ""
    whole = [] if model is None else [check.error for check in model.to_schema().checks if check.error]
    rules = (
        f"\nOf the whole table: {'; '.join(f'no {w}' if w.startswith('infinite') else w for w in whole)}.\n"
        if whole
        else ""
    )
    return index + _table(("column", "type", "demanded"), shown) + rules


def fields_text(document: Any) -> str:
    """The top fields of a document with their types, and what a value of each looks like."""
    if not isinstance(document, dict):
        return ""
    return _table(
        ("field", "type", "example"),
        [(f"`{key}`", _json_type(value), f"`{_short(value)}`") for key, value in document.items()],
    )


def commands_page() -> str:
    """Every command with its options, as `--help` says it."""
    return "# Commands\n" + "".join(
        f"\n## {path}\n\n{_block('', command.get_help(click.Context(command, info_name=path, max_content_width=100)))}"
        for path, command in _commands("tvselect", main)
    )


def exit_codes_page() -> str:
    """Exit codes, and the errors that end with each."""
    kinds = [
        kind
        for _, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.SelectionError) and kind.__module__ == errors.__name__
    ]
    ended = sorted((str(kind.exit_code), f"`{kind.__name__}`", inspect.getdoc(kind) or "") for kind in kinds)
    rows = [("0", "", "done"), *ended]
    text = f"# Exit codes\n\n{_prose(errors)}\n\n" + _table(("code", "error", "means"), rows)
    return text + "\nWrong usage of a command (an unknown option, say) ends with 2, too.\n"


def environment_page() -> str:
    """Environment variables that are read."""
    options = [
        (f"`{option.envvar}`", f"`{path}`: `{option.opts[0]}`")
        for path, command in _commands("tvselect", main)
        for option in command.params
        if option.envvar
    ]
    rows = [
        ("`TVSELECT__SECTION__KEY`", "any setting: `TVSELECT__RECRUITMENT__FLOOR=20` is `recruitment.floor = 20`"),
        *options,
    ]
    text = "# Environment variables\n\n" + _table(("variable", "stands for"), rows)
    return (
        text
        + "\nFrom lowest to highest: built-in profile, `tvselect.toml`, environment, `--set`, `settings=` in Python.\n"
    )


def python_page() -> str:
    """The names of `drivers`, and of its helpers for tests, with signatures and docstrings."""
    return f"# Python\n\n{_names_of(drivers)}\n## For tests\n\n{inspect.getdoc(testing)}\n\n{_names_of(testing)}"


def _names_of(package: types.ModuleType) -> str:
    text = _block("python", f"from {package.__name__} import " + ", ".join(package.__all__))
    for name in package.__all__:
        found = getattr(package, name)
        text += f"\n## {name}\n\n{_block('python', _signature(name, found))}\n{_block('', inspect.getdoc(found) or '')}"
        if isinstance(found, type):
            members = [
                (f"`{key}`", (inspect.getdoc(value) or "").partition("\n")[0])
                for key, value in vars(found).items()
                if not key.startswith("_")
                and (callable(value) or isinstance(value, property))
                and inspect.getdoc(value)
            ]
            text += "\n" + _table(("member", "is"), members) if members else ""
    return text


def _signature(name: str, found: Callable[..., Any]) -> str:
    shown = re.sub(
        r"tradingview_scraper\.[a-z_.0-9]+\.|pandas\.core\.[a-z.]+\.|pathlib\.(?:_local\.)?|collections\.abc\.|typing\.",
        "",
        str(inspect.signature(found)),
    )
    return name + (
        shown
        if len(shown) < 80
        else shown.replace("(", "(\n    ", 1).replace(", ", ",\n    ").replace(") ->", ",\n) ->")
    )


def _commands(path: str, command: click.Command) -> Iterable[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for name in command.list_commands(ctx):
            child = command.get_command(ctx, name)
            assert child is not None
            yield from _commands(f"{path} {name}", child)


def _is_section(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def _settings_table(
    model: type[BaseModel], prefix: str, values: Mapping[str, Mapping[str, Any]], skipped: Iterable[str] = ()
) -> str:
    return _table(("setting", "type", "v4", "v3.4", "meaning"), _settings_rows(model, prefix, values, skipped))


def _settings_rows(
    model: type[BaseModel], prefix: str, values: Mapping[str, Mapping[str, Any]], skipped: Iterable[str] = ()
) -> list[tuple[str, ...]]:
    """A row per setting, those of a section inside the section one by one."""
    rows: list[tuple[str, ...]] = []
    for key, field in model.model_fields.items():
        if _is_section(field) and key not in skipped:
            inner = typing.cast(type[BaseModel], field.annotation)
            below = {profile: values[profile][key] for profile in PROFILES}
            rows += _settings_rows(inner, f"{prefix}{key}.", below)
        elif key not in skipped:
            new, old = (_value(values[profile][key]) for profile in PROFILES)
            rows.append(
                (
                    f"`{prefix}{key}`",
                    f"`{_type_name(field)}`",
                    new,
                    old if old == new else f"**{old}**",
                    _meaning(model, key),
                )
            )
    return rows


def _value(value: Any) -> str:
    if isinstance(value, dict) and (len(value) > 6 or any(isinstance(each, dict) for each in value.values())):
        return f"{len(value)} entries"
    shown = json.dumps(value, default=str).replace("NaN", "nan") if not isinstance(value, float) else f"{value:g}"
    return f"`{shown}`"


def _meaning(model: type[BaseModel], key: str) -> str:
    """The text below a field in the source. Raises `KeyError` where there is none."""
    stated: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, settings.Section) or base is model:
            stated |= _attribute_docs(base)
    return " ".join(stated[key].split())


def _attribute_docs(model: type) -> dict[str, str]:
    body = ast.parse(inspect.getsource(model)).body[0]
    assert isinstance(body, ast.ClassDef)
    return {
        field.target.id: text.value.value
        for field, text in zip(body.body, body.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(text, ast.Expr)
        and isinstance(text.value, ast.Constant)
        and isinstance(text.value.value, str)
    }


def _type_name(field: FieldInfo) -> str:
    shown = _annotation(field.annotation)
    bounds = [
        f"{sign} {getattr(each, attribute):g}"
        for each in field.metadata
        for kind, attribute, sign in (
            (annotated_types.Ge, "ge", ">="),
            (annotated_types.Gt, "gt", ">"),
            (annotated_types.Le, "le", "<="),
            (annotated_types.Lt, "lt", "<"),
        )
        if isinstance(each, kind)
    ]
    return " ".join([shown, ", ".join(bounds)]).strip()


def _annotation(annotation: Any) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _annotation(arguments[0])
    if origin is typing.Literal:
        return " or ".join(json.dumps(each) for each in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_annotation(each) for each in arguments)
    if origin is not None:
        return f"{origin.__name__}[{', '.join(_annotation(each) for each in arguments if each is not Ellipsis)}]"
    return str(getattr(annotation, "__name__", annotation))


def _demand(column: Any) -> str:
    if column is None:
        return ""
    checks = [str(check.error or check) for check in column.checks]
    return "; ".join([*checks, *(["NaN allowed"] if column.nullable else [])]) or "never NaN"


def _documented(rows: list[dict[str, Any]], meanings: Mapping[str, str]) -> str:
    """Fields of rows: type, meaning, whether every row has it. Raises where one has no meaning here."""
    fields = dict.fromkeys(key for row in rows for key in row)
    strange = [key for key in fields if key not in meanings]
    if strange:
        raise ValueError(f"docs/reference_pages.py says nothing of the fields {', '.join(strange)}")
    order = [key for key in meanings if key in fields]
    table = [
        (
            f"`{key}`",
            _json_type(next(row[key] for row in rows if key in row)),
            "yes" if all(key in row for row in rows) else "no",
            meanings[key],
        )
        for key in order
    ]
    return _table(("field", "type", "always", "meaning"), table)


def _json_type(value: Any) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "list", dict: "object"}
    return names.get(type(value), "null")


def _short(value: Any) -> str:
    shown = json.dumps(value)
    return shown if len(shown) <= 70 else f"{shown[:66]} ..."


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _prose(module: types.ModuleType) -> str:
    return inspect.getdoc(module) or ""


def _interval(low: float, high: float) -> str:
    left = "any" if math.isinf(low) and math.isinf(high) else f"{'>= ' if math.isinf(high) else ''}{low:g}"
    return left if math.isinf(high) else f"{low:g} to {high:g}"


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9_]", "", title.lower())


def _block(language: str, content: Any) -> str:
    text = content if isinstance(content, str) else json.dumps(content, indent=1)
    return f"```{language}\n{text.rstrip()}\n```\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return (
        "\n".join(
            "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in line) + " |" for line in lines
        )
        + "\n"
    )


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    for page, content in reference_pages().items():
        (target / page).write_text(content, encoding="utf-8")
