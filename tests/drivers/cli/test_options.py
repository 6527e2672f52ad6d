"""How an answer is printed."""

import json

import pytest

from tradingview_scraper.pipelines.selection.drivers.cli.options import JSON_VERSION, echo, json_text


def test_a_document_names_its_version_and_kind_and_keeps_letters() -> None:
    text = json_text("run", {"b": "é", "a": 1})
    assert json.loads(text) == {"schema_version": JSON_VERSION, "kind": "run", "run": {"b": "é", "a": 1}}
    assert "é" in text
    assert text.index('"b"') < text.index('"a"')


@pytest.mark.parametrize(("as_json", "printed"), [(False, "3 winners\n"), (True, json_text("run", 3) + "\n")])
def test_an_answer_is_text_or_one_document(as_json: bool, printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    echo("run", 3, "{} winners".format, as_json)
    assert capsys.readouterr().out == printed
