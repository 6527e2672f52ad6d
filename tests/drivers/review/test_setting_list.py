"""`config show`: the settings that it prints are those that a run records."""

import json

from support.command_line import tvselect
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.execution.profiles import resolved_settings
from tradingview_scraper.pipelines.selection.drivers.review.reproduce import NOT_SETTINGS
from tradingview_scraper.pipelines.selection.drivers.review.setting_list import settings_document, settings_text


def test_config_show_prints_every_recorded_setting(sample_run: SampleRun) -> None:
    shown = tvselect("config", "show", "--project", str(sample_run.project)).stdout
    assert shown.strip() == (sample_run.folder / "settings.toml").read_text("utf-8").strip()
    with_origin = tvselect("config", "show", "--origin", "--project", str(sample_run.project)).stdout.splitlines()
    events = (sample_run.folder / "audit.jsonl").read_text("utf-8").splitlines()
    params = json.loads(events[0])["params"].keys() - {*NOT_SETTINGS}
    assert {line.split()[0] for line in with_origin} == params


def test_a_setting_per_line_with_its_layer(sample_run: SampleRun) -> None:
    resolved = resolved_settings("v4", project=sample_run.project, settings={"recruitment.floor": 7})
    lines, document = settings_text(resolved, True).splitlines(), settings_document(resolved)
    width = max(map(len, document))
    assert [line[:width].rstrip() for line in lines] == list(document)
    assert document["recruitment.floor"]["value"] == 7
    for line, (name, entry) in zip(lines, document.items(), strict=True):
        assert line.endswith(f"  {entry['origin']}")
        if name == "recruitment.floor":
            assert line == f"{name:{width}}  7{' ' * 27}  {entry['origin']}"
    assert settings_text(resolved, False).count("floor = 7") == 1
    assert not settings_text(resolved, False).endswith("\n")
