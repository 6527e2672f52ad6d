"""What the record says of the machine is what the libraries compute with."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tradingview_scraper.pipelines.selection.drivers.recording import machine


def told(**environment: str) -> dict[str, Any]:
    code = f"import json; from {machine.__name__} import machine_now; print(json.dumps(machine_now()))"
    answer = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def test_threads_and_kernel_are_those_of_the_process() -> None:
    one = told(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")
    assert one["blas"]
    assert {library["threads"] for library in one["blas"].values()} == {1}
    if all(name.startswith("openblas") for name in one["blas"]) and "X86_V2" in one["dispatch"]:
        old = told(OPENBLAS_CORETYPE="Nehalem")
        assert {library["kernel"] for library in old["blas"].values()} == {"Nehalem"}


def test_dispatch_is_what_is_left_on() -> None:
    features = told()["dispatch"].split()
    if "X86_V3" not in features:
        pytest.skip("this processor has nothing that could be turned off")
    left = told(NPY_DISABLE_CPU_FEATURES=" ".join(features[features.index("X86_V3") :]))["dispatch"].split()
    assert left == features[: features.index("X86_V3")]


def test_the_processor_has_a_name_where_the_system_gives_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    place = tmp_path / "cpuinfo"
    monkeypatch.setattr(machine, "CPUINFO", place)
    assert machine.processor()
    place.write_text("processor : 0\nmodel name\t: Some CPU 9000\nmodel name\t: Another\n")
    assert machine.processor() == "Some CPU 9000"
