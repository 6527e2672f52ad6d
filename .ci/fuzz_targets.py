"""What `.ci/fuzz.py` mutates: `TARGETS`, each with what reads one input and real inputs to grow from.

Imported under atheris, which instruments the package.
"""

import contextlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import atheris

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

with atheris.instrument_imports(include=["tradingview_scraper"]):
    from tradingview_scraper.pipelines.selection.dataflow.components import Tables
    from tradingview_scraper.pipelines.selection.dataflow.ingestion import symbols
    from tradingview_scraper.pipelines.selection.dataflow.ingestion.candidate_scans import NamedScan, known_candidates
    from tradingview_scraper.pipelines.selection.dataflow.ingestion.fields import FIELDS, TABLE
    from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.manifests import manifest_path
    from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.table_layouts import BARS
    from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.contents import Content
    from tradingview_scraper.pipelines.selection.dataflow.ingestion.readers.scan_files import scan_of
    from tradingview_scraper.pipelines.selection.dataflow.ingestion.record_checks import checked_tables
    from tradingview_scraper.pipelines.selection.drivers.demo.project import new_project
    from tradingview_scraper.pipelines.selection.drivers.execution.plan import plan
    from tradingview_scraper.pipelines.selection.drivers.execution.profiles import (
        environment_layer,
        flat_names,
        project_document,
        resolved_settings,
    )
    from tradingview_scraper.pipelines.selection.drivers.execution.selection import select
    from tradingview_scraper.pipelines.selection.drivers.lakehouse.stored_tables import problems
    from tradingview_scraper.pipelines.selection.drivers.lakehouse.table_writer import TableWriter
    from tradingview_scraper.pipelines.selection.drivers.recording.run import run
    from tradingview_scraper.pipelines.selection.drivers.review.damage import readable
    from tradingview_scraper.pipelines.selection.drivers.review.explain import explained
    from tradingview_scraper.pipelines.selection.drivers.review.run_list import listed, run_list_text
    from tradingview_scraper.pipelines.selection.drivers.review.summary import run_summary, summary_text
    from tradingview_scraper.pipelines.selection.drivers.review.verify import verification_text, verified
    from tradingview_scraper.pipelines.selection.lineage.record import ledger, promotions, runs, trials
    from tradingview_scraper.pipelines.selection.lineage.record.checkpoint import read_checkpoint
    from tradingview_scraper.pipelines.selection.schemas.canonical import canonical
    from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest
    from tradingview_scraper.pipelines.selection.schemas.errors import SelectionError

from support.lakes import bars, table  # noqa: E402
from support.market import candidates, market, records, returns  # noqa: E402
from support.spellings import spellings  # noqa: E402

Target = Callable[[bytes], object]
SYMBOLS = (
    *["BINANCE:BTCUSDT.P", "NYSE:BRK.B", "BTC/USDT:USDT", "KRW-BTC", "1000PEPEUSDT", "ES1!"],
    "A\nB",
    "\u202eX",
    "A\x00",
    "",
)
NUMBERS = (0, -1, 1, 0.5, 1e308, 1e-320, 10**20, 10**400, float("nan"), float("inf"), -float("inf"), 2**63, True)
TEXTS = (
    "",
    " ",
    "a\nb",
    "9" * 400,
    *["LONG", "short", "null:0.05", "1e999", "∞"],
    *["1,000.5", "2026-03-18", "9999-99-99", "v4"],
    "\ud800",
)


SCAN_WORDS = ("symbol", "meta", "data", "status", "columns", "asof", "s", "d", "error", "side", "asked", "scanner")


def made(data: atheris.FuzzedDataProvider, words: Sequence[str], depth: int = 3) -> Any:
    """A JSON value whose keys and texts are these words, or near them."""
    kind = data.ConsumeIntInRange(0, 7 if depth else 4)
    if kind == 0:
        return data.PickValueInList([None, True, False, *NUMBERS])
    if kind == 1:
        return data.PickValueInList([*TEXTS, *SYMBOLS])
    if kind == 2:
        return data.PickValueInList([*words])
    if kind == 3:
        return data.ConsumeFloat()
    if kind == 4:
        return data.ConsumeUnicode(8)
    if kind == 5:
        return [made(data, words, depth - 1) for _ in range(data.ConsumeIntInRange(0, 4))]
    return {data.PickValueInList([*words]): made(data, words, depth - 1) for _ in range(data.ConsumeIntInRange(0, 6))}


def changed(data: atheris.FuzzedDataProvider, value: Any, words: Sequence[str], rate: int = 12) -> Any:
    """A JSON value that is real but for a few places: other values, keys gone, entries twice."""
    if data.ConsumeIntInRange(0, rate) == 1:
        return made(data, words, 2)
    if isinstance(value, Mapping):
        kept = {key: each for key, each in value.items() if data.ConsumeIntInRange(0, 30) != 1}
        return {key: changed(data, each, words, rate) for key, each in kept.items()}
    if isinstance(value, list):
        return [changed(data, each, words, rate) for each in value]
    return value


# -- the targets: each gets an empty folder, and gives what reads one input, and real inputs to grow from


def scans(folder: Path) -> tuple[Target, list[bytes]]:
    """Scanner exports and lists of candidates, as files."""
    real = [json.loads(json.dumps(scan, default=str)) for scan in market().scans.values()]
    small = [{**scan, "data": scan["data"][:3]} for scan in real]
    words = [
        *FIELDS,
        *TABLE,
        *["symbol", "meta", "data", "status", "columns", "asof", "s", "d", "error", "side", "asked", "scanner"],
    ]

    def read(content: bytes) -> None:
        data = atheris.FuzzedDataProvider(content[1:])
        if content[:1] < b"\x40":
            text = content[1:]
        else:
            value = changed(data, data.PickValueInList(small), words) if content[:1] < b"\xc0" else made(data, words, 4)
            text = json.dumps(value, ensure_ascii=True).encode()
        name = "scan.csv" if content[:1] < b"\x10" else "scan_2026-03-18.json"
        scan = scan_of(Content(name, text, ""))
        known = known_candidates([NamedScan(scan, name, "scan_2026-03-18")], None)
        checked_tables(Tables(candidates=known.records))

    return read, [b"\x20" + json.dumps(scan).encode() for scan in small]


def pools(folder: Path) -> tuple[Target, list[bytes]]:
    """Candidates in memory, through the whole of a selection of few assets."""
    few = returns().iloc[-80:, :6]
    real = [*candidates(few.columns), *(json.loads(json.dumps(each, default=str)) for each in records()[:4])]
    words = [*FIELDS, *TABLE, "symbol", "meta", "data", "universe_only", "scanner", *map(str, few.columns)]

    def read(content: bytes) -> None:
        data = atheris.FuzzedDataProvider(content)
        profile = data.PickValueInList(["v4", "v3.4"])
        found = select(few, changed(data, real, words), profile=profile)
        assert set(found.winners.index) <= set(found.context.raw_pool.index)
        assert found.conviction.notna().all()

    return read, [bytes(200)]


def profiles(folder: Path) -> tuple[Target, list[bytes]]:
    """A project's `tvselect.toml`, up to the plan of a run."""
    names = [*flat_names(resolved_settings().settings.model_dump())]
    values = [
        *map(json.dumps, TEXTS[:-1]),
        *[
            "inf",
            "nan",
            "0",
            "-1",
            "1e400",
            "true",
            "[]",
            "{}",
            "[[]]",
            "{a=1}",
            "2026-01-01",
            "''",
            "'own'",
            "'log_mps'",
        ],
    ]
    heads = ["base", "profile.v4", "profile.own", "profile.v3.4", "profile", "profile.own.gates.x"]

    def read(content: bytes) -> None:
        data = atheris.FuzzedDataProvider(content[1:])
        if content[:1] < b"\x60":
            text = content[1:]
        else:
            lines = []
            for _ in range(data.ConsumeIntInRange(1, 3)):
                lines.append(f"[{data.PickValueInList(heads)}]")
                for _ in range(data.ConsumeIntInRange(0, 4)):
                    name = data.PickValueInList([*names, "extends", "gates.x", "scorers.x", "ladder"])
                    if data.ConsumeIntInRange(0, 5) == 1:
                        name = name.rpartition(".")[0] or name
                    lines.append(f"{name} = {data.PickValueInList(values)}")
            text = "\n".join(lines).encode(errors="replace")
        (folder / "tvselect.toml").write_bytes(text)
        document = project_document(folder)
        for name in ["v4", *list(document.get("profile", {}))[:2]]:
            plan(resolved_settings(name, project=folder).settings)

    built_in = [path.read_bytes() for path in sorted((ROOT / "schemas" / "profiles").glob("*.toml"))]
    tables = [b"\n".join([b"[base]", *text.split(b"[data]")[:1]]) for text in built_in]
    return read, [
        b"\x20[profile.own]\nextends = 'v4'\n[profile.own.gates.adx]\nthreshold = 'null:0.05'\n",
        *(b"\x20" + text for text in tables),
    ]


def overrides(folder: Path) -> tuple[Target, list[bytes]]:
    """`--set` and environment variables, up to the plan of a run."""
    names = [*flat_names(resolved_settings().settings.model_dump())]
    values = ["inf", "nan", "0", "-1", "1e400", "true", "[]", "{}", "{a=1}", "''", "[[[", *TEXTS]
    values += ["9" * 5000, "\n", '"\\ud800"', "1\nb=2"]

    def read(content: bytes) -> None:
        data = atheris.FuzzedDataProvider(content)
        if data.ConsumeBool():
            text = data.ConsumeUnicode(60)
        else:
            name = data.PickValueInList(names)
            end = data.PickValueInList(["", "", ".x", ".", '."BRK.B"', ".."])
            text = f"{name.rpartition('.')[0] if data.ConsumeIntInRange(0, 4) == 1 else name}{end}={data.PickValueInList(values)}"
        if data.ConsumeBool():
            settings = resolved_settings(command_line=[text]).settings
        else:
            name, _, value = text.partition("=")
            environment_layer({f"TVSELECT__{name}": value})
            settings = resolved_settings(environment={f"TVSELECT__{name.replace('.', '__').upper()}": value}).settings
        plan(settings)

    return read, [b"\x00clusters.threshold=0.9", b'\x00data.exclude."BRK.B"=why']


def spelled(folder: Path) -> tuple[Target, list[bytes]]:
    """Symbols: their parts, identity and vocabulary; whatever is printed of them is one line."""

    def read(content: bytes) -> None:
        text = content.decode("utf-8", "replace").replace("\ufffd", "\ud800")
        words = symbols.vocabulary(text.split(" ")[:6])
        for market_name in ("", "CRYPTO", "FOREX", "AMERICA"):
            found = symbols.parsed(text, market_name, words)
            assert found == symbols.parsed(text, market_name, words)
            assert found.multiplier >= 1
            symbols.derived_identity(text, market_name, text[:3], words)
        symbols.bare_symbol(text, [".P", "PERP"])
        symbols.same_place(symbols.venue(text), "NYSE")

    return read, [each.text.encode() for each in spellings("BTC", "USDT", date(2026, 3, 27))] + [
        each.encode() for each in SYMBOLS
    ]


def ledgers(folder: Path) -> tuple[Target, list[bytes]]:
    """A project's and a run's ledger, receipts and checkpoints, as every command that reads a record reads them."""
    new_project(folder / "demo")
    project, real = folder / "demo", run(folder / "demo", as_of="2026-06-30").folder
    own, shared, receipt = (real / "audit.jsonl", project / "runs" / "audit.jsonl", real / "receipt.json")
    kept = {path: path.read_bytes() for path in (own, shared, receipt)}
    events = {path: [*map(json.loads, text.splitlines())] for path, text in kept.items() if path != receipt}
    moved = {
        "event": "alias.moved",
        "alias": "champion",
        "profile": "v4",
        "to": "x",
        "from": "y",
        "scorer": {},
        "run_id": None,
    }
    events[shared] += [
        moved,
        {
            "event": "trials.recorded",
            "trials": [{"kind": "a", "name": "b", "digest": "c", "what": "d"}],
            "run_id": None,
        },
    ]
    facts = json.loads(kept[receipt])
    words = sorted({key for found in events.values() for event in found for key in event} | facts.keys())

    def relinked(found: Sequence[Any]) -> bytes:
        lines, before = [], ledger.GENESIS
        for number, event in enumerate(found, 1):
            line = lines_of(
                {**event, "schema": ledger.SCHEMA, "seq": number, "prev": before} if isinstance(event, dict) else event
            )
            before, lines = sha256(line).hexdigest(), [*lines, line]
        return b"\n".join([*lines, b""])

    def read(content: bytes) -> None:
        for path, text in kept.items():
            path.write_bytes(text)
        data = atheris.FuzzedDataProvider(content[1:])
        path = data.PickValueInList([own, shared, receipt])
        if content[:1] < b"\x40":
            path.write_bytes(content[1:])
        elif path == receipt:
            path.write_bytes(json.dumps(changed(data, facts, words)).encode())
        else:
            lines = changed(data, events[path], words, 40)
            path.write_bytes(relinked(lines if isinstance(lines, list) else [lines]))
        for look in LOOKS:
            with_ours(lambda look=look: look(project, real))  # type: ignore[misc]
        with_ours(lambda: read_checkpoint(content[1:]))

    return read, [b"\x10" + text for text in kept.values()] + [
        b"\x10tvselect/runs/audit.jsonl\n3\n" + b"A" * 43 + b"=\n"
    ]


def as_read(project: Path, real: Path, look: Callable[[], object]) -> None:
    """As the commands read a run: what stumbles over damage that `verify` finds is an error of ours."""
    with readable(project, real.name):
        look()


LOOKS: Sequence[Callable[[Path, Path], object]] = (
    lambda project, real: verification_text(verified(project, everything=True)),
    lambda project, real: verification_text(verified(project)),
    lambda project, real: run_list_text(listed(runs.receipts(project), since="2")),
    lambda project, real: as_read(project, real, lambda: summary_text(run_summary(project, real.name))),
    lambda project, real: as_read(project, real, lambda: explained(real, "BTCUSDT")),
    lambda project, real: runs.run_folder(project, "@champion"),
    lambda project, real: promotions.standing(project, "v4"),
    lambda project, real: trials.trial_count(project),
)


def lines_of(value: Any) -> bytes:
    """A value as one line of JSON: canonical, where it has such a form."""
    try:
        return canonical(value)
    except (TypeError, ValueError):
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def with_ours(look: Callable[[], object]) -> None:
    """An answer or an error of ours."""
    with contextlib.suppress(SelectionError):
        look()


def lake(folder: Path) -> tuple[Target, list[bytes]]:
    """Manifests of a lakehouse's table, with a digest that fits."""
    TableWriter(folder, BARS).upsert(bars(), bars()["known_at"].iloc[0])
    path = manifest_path(folder / "bars", 1)
    real = json.loads(path.read_bytes())["manifest"]
    words = [*real, *real["files"][0]]

    def read(content: bytes) -> None:
        data = atheris.FuzzedDataProvider(content[1:])
        if content[:1] < b"\x40":
            path.write_bytes(content[1:])
        else:
            value = changed(data, real, words, 20)
            path.write_bytes(b'{"digest":"%b","manifest":%b}' % (bytes_digest(text := lines_of(value)).encode(), text))
        held = table(folder)
        with_ours(held.versions)
        with_ours(held.last_date)
        with_ours(lambda: problems(folder))
        held.read(as_of=bars()["date"].max(), symbols=["A"])

    return read, [b"\x10" + path.read_bytes()]


TARGETS: Mapping[str, Callable[[Path], tuple[Target, list[bytes]]]] = {
    "scans": scans,
    "pools": pools,
    "profiles": profiles,
    "overrides": overrides,
    "symbols": spelled,
    "ledgers": ledgers,
    "lakehouse": lake,
}
