"""A project's causality certificates (`tvselect certify`): what one covers, and which one covers a run.

    certificates/ID.json    ID is of its content

A certificate covers settings and code. A run whose settings and code are those of a certificate is `certified`, or `refuted`
where that one says that something leaks; where either has changed since, the nearest one is `stale`, and what has changed is
named; without any the state is `none`. What differs from run to run by itself (the list before, thresholds of calibrations)
isn't covered.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tradingview_scraper.pipelines.selection.drivers.recording.events import package_code, user_code
from tradingview_scraper.pipelines.selection.lineage.record.certificate_state import CertificateState, certificate_words
from tradingview_scraper.pipelines.selection.schemas.canonical import plain
from tradingview_scraper.pipelines.selection.schemas.digests import json_digest
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError
from tradingview_scraper.pipelines.selection.schemas.run_files import CERTIFICATES
from tradingview_scraper.pipelines.selection.schemas.settings import SelectionSettings

COMPUTING = ("dataflow", "schemas", "drivers")
"""The parts of this package that an answer hangs on."""
ID_LENGTH = 16
READ = {"profile", "covers", "dates", "valid"}
"""What is read of a certificate; one that lacks any of it is another version's, or nobody's."""


def covered(settings: SelectionSettings) -> dict[str, str]:
    """What a certificate of a profile covers, piece by piece, as digests."""
    values = settings.model_dump()
    for section in ("recruitment", "clusters"):
        values[section] = {**values[section], "held": None}
    gates = {
        name: {**gate, **({"threshold": None} if name in settings.calibrated else {})}
        for name, gate in values["gates"].items()
    }
    values = {**values, "gates": gates, "calibrated": sorted(settings.calibrated)}
    code = package_code()["package_digest"]
    return {
        **{f"setting {name}": json_digest(plain(value)) for name, value in values.items()},
        **{f"module {name}": digest for name, digest in user_code(settings).items()},
        **{f"tvselect's {part}": code[part] for part in COMPUTING},
    }


def certificate_state(project: Path, settings: SelectionSettings) -> CertificateState:
    """Which certificate of the project covers these settings and the code as it is now."""
    found = dict(_read(project))
    unreadable = tuple(name for name, document in found.items() if document is None)
    of_profile = [
        (name, document) for name, document in found.items() if document and document["profile"] == settings.profile
    ]
    if not of_profile:
        return CertificateState("none", unreadable=unreadable)
    now = covered(settings)
    changed = {name: _changed(document["covers"], now) for name, document in of_profile}
    # The nearest first; of those that cover it the latest, and of these one that found a leak.
    name, nearest = min(
        sorted(of_profile, key=lambda each: (each[1]["dates"], not each[1]["valid"], each[0]), reverse=True),
        key=lambda each: len(changed[each[0]]),
    )
    if changed[name]:
        return CertificateState("stale", name, changed[name], unreadable)
    return CertificateState("certified" if nearest["valid"] else "refuted", name, unreadable=unreadable)


def refuse_uncertified(project: Path, settings: SelectionSettings) -> None:
    """Raises `ConfigurationError` where no certificate of the project covers these settings and the code as it is."""
    found = certificate_state(project, settings)
    if found.state != "certified":
        raise ConfigurationError(f"--strict-causality: {certificate_words(found.document())}")


def certificate_name(certificate: Mapping[str, Any]) -> str:
    """The file name of a certificate: of its content."""
    return f"{json_digest(certificate).partition(':')[2][:ID_LENGTH]}.json"


def _changed(then: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name for name in sorted({*then, *now}) if then.get(name) != now.get(name))


def _read(project: Path) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Each certificate by its file's name; None where it isn't what the name says, or no certificate of ours."""
    for path in sorted((project / CERTIFICATES).glob("*.json")):
        try:
            document = json.loads(path.read_text("utf-8"))
            whole = isinstance(document, dict) and document.keys() >= READ
            yield path.name, document if whole and certificate_name(document) == path.name else None
        except (OSError, ValueError, TypeError):
            yield path.name, None
