"""Wheels and fresh environments, for what an editable install can't show."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from support.paths import ROOT


def wheel_of(source: Path, target: Path) -> Path:
    """A wheel of a project, built in a copy of it; skips where pip can't."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"pip can't build a wheel here: {done.stderr.strip()[-200:]}")
    return next(target.glob("*.whl"))


def own_wheel(folder: Path) -> Path:
    """The wheel of this project, built in a copy of it below a folder."""
    own = folder / "project"
    own.mkdir(parents=True)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, own / name)
    for name in ("dataflow", "schemas", "drivers", "lineage"):
        shutil.copytree(ROOT / name, own / name, ignore=shutil.ignore_patterns("__pycache__"))
    return wheel_of(own, folder / "wheel")


def public_wheel(requirement: str, folder: Path) -> Path:
    """A package's wheel from the index that pip uses; skips where there is none."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), requirement]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"pip can't have {requirement} here: {done.stderr.strip()[-200:]}")
    return next(folder.glob("*.whl"))


def install(python: Path, wheel: Path) -> None:
    """Install a wheel, and nothing that it needs, for an interpreter."""
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index", wheel)


def environment(folder: Path) -> Path:
    """A fresh environment that sees this one's libraries, but nothing that is installed here editably; its Python."""
    venv.create(folder, with_pip=False)
    # A path added by a .pth file has its own .pth files, and so the editable installs, left alone.
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
    libraries = [path for path in sys.path if Path(path).name == "site-packages"]
    (site / "libraries.pth").write_text("\n".join(libraries), encoding="utf-8")
    return folder / "bin" / "python"


def run(*command: object) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
