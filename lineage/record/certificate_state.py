"""What a run knows of its profile's causality certificate, and how people are told. Imports nothing heavy."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from tradingview_scraper.pipelines.selection.schemas.run_files import CERTIFICATES

WORDS = {
    "certified": "certified: nothing after a date shows in an answer",
    "refuted": "not certified: something after a date shows, or can't be excluded",
    "stale": "stale: {changed} changed since it was certified; `tvselect certify` makes another certificate",
    "none": "no certificate of this profile; `tvselect certify` makes one",
}


@dataclass(frozen=True)
class CertificateState:
    """What a project's certificates say of a profile as it is."""

    state: str
    """certified, refuted, stale or none."""
    name: str = ""
    """The file of the certificate, in the project's folder of them."""
    changed: tuple[str, ...] = ()
    """What isn't as it was when a stale one was made: sections of settings, modules, parts of this package."""
    unreadable: tuple[str, ...] = ()
    """Files that aren't what their names say; they don't count."""

    def document(self) -> dict[str, Any]:
        """As the ledger has it."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def certificate_words(state: Mapping[str, Any]) -> str:
    """A state's document, for people."""
    words = WORDS[state["state"]].format(changed=", ".join(state["changed"]))
    named = f" ({CERTIFICATES}/{state['name']})" if state["name"] else ""
    broken = f"; not what they were: {', '.join(state['unreadable'])}" if state["unreadable"] else ""
    return f"{words}{named}{broken}"
