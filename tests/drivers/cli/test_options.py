"""How an answer is printed."""

import json

import click
import pytest
from click.testing import CliRunner

from tradingview_scraper.pipelines.selection.drivers.cli.options import (
    JSON_VERSION,
    Asked,
    echo,
    json_text,
    request_options,
)


def test_a_document_names_its_version_and_kind_and_keeps_letters() -> None:
    text = json_text("run", {"b": "é", "a": 1})
    assert json.loads(text) == {"schema_version": JSON_VERSION, "kind": "run", "run": {"b": "é", "a": 1}}
    assert "é" in text
    assert text.index('"b"') < text.index('"a"')


@pytest.mark.parametrize(("as_json", "printed"), [(False, "3 winners\n"), (True, json_text("run", 3) + "\n")])
def test_an_answer_is_text_or_one_document(as_json: bool, printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    echo("run", 3, "{} winners".format, as_json)
    assert capsys.readouterr().out == printed


def test_the_options_of_a_request_come_together_and_others_beside_them() -> None:
    got: list[tuple[Asked, str]] = []

    @click.command()
    @request_options
    @click.option("--other", default="x")
    def command(asked: Asked, other: str) -> None:
        """For a test."""
        got.append((asked, other))

    told = [
        "--profile",
        "v3.4",
        "--set",
        "recruitment.floor=3",
        "--set",
        "recruitment.top_n=1",
        "--market-defaults",
        "crypto",
    ]
    assert CliRunner().invoke(command, [*told, "--other", "y"]).exit_code == 0
    asked, other = got[0]
    assert (asked.profile, list(asked.assignments), asked.market_defaults) == (
        "v3.4",
        ["recruitment.floor=3", "recruitment.top_n=1"],
        "crypto",
    )
    assert (other, asked.data, str(asked.project)) == ("y", None, ".")
    request = asked.request(models=False)
    assert (request.resolved.settings.profile, request.resolved.settings.recruitment.floor) == ("v3.4", 3)
