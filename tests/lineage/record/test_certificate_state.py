"""What people are told of a certificate."""

import pytest

from tradingview_scraper.pipelines.selection.lineage.record.certificate_state import CertificateState, certificate_words

TOLD = {
    CertificateState("certified", "a.json"): "certified: nothing after a date shows in an answer (certificates/a.json)",
    CertificateState(
        "refuted", "a.json"
    ): "not certified: something after a date shows, or can't be excluded (certificates/a.json)",
    CertificateState(
        "stale", "a.json", ("module own", "setting gates")
    ): "stale: module own, setting gates changed since it was "
    "certified; `tvselect certify` makes another certificate (certificates/a.json)",
    CertificateState(
        "none", unreadable=("b.json",)
    ): "no certificate of this profile; `tvselect certify` makes one; not what they were: b.json",
}


@pytest.mark.parametrize("state", TOLD)
def test_each_state_has_its_words(state: CertificateState) -> None:
    assert certificate_words(state.document()) == TOLD[state]
