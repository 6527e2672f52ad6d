"""The code blocks of a page, run as they are printed.

What a fenced block means:

* `sh` is run by bash, in the page's own folder; a `cd` holds for the blocks after it.
* `python` is run in that folder. With `title="FILE"` it is written to that file instead, and must be Python.
* `toml title="FILE"` is added to the end of that file. Without a title it only has to be TOML.
* `text` right after an `sh` or `python` block is what it prints. A line `...` stands for any number of lines.
* Other languages are only shown. So is a block under a comment `<!-- not run: why -->`; the README's first and test command
  are run by `.ci/run`.

A page with the comment `<!-- in a new demo project -->` starts in a project as `tvselect init` makes it, one with
`<!-- beside a new demo project -->` in the folder above; any other starts in an empty folder. Run ids, hashes, moments and
times differ from run to run and are not compared.
"""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parent
README = DOCS.parent / "README.md"
CONTRIBUTING = DOCS.parent / "CONTRIBUTING.md"
DEMO = "<!-- in a new demo project -->"
BESIDE_DEMO = "<!-- beside a new demo project -->"
ELLIPSIS = "..."
SECONDS = 120
FENCE = re.compile(r'^```(?P<language>\w*)(?: title="(?P<title>[^"]+)")?\n(?P<code>.*?)^```$', re.MULTILINE | re.DOTALL)
NOT_RUN = re.compile(r"<!-- (?:not run: [^>]+|first command|test command) -->\s*$")
VARIABLE = (
    (re.compile(r"\b\d{8}-\d{6}-[0-9a-f]{6}\b"), "RUN"),
    (re.compile(r"\b[0-9a-f]{12,}(?:\.\.\.)?"), "HASH"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|\+00:00)?"), "MOMENT"),
    (re.compile(r"\b\d+(?:\.\d+)? (?:ms|s)\b"), "TIME"),
    (
        re.compile(r"\b\d+ bytes now, \d+ then\b"),
        "SIZES",
    ),  # with the last digits of a score, which follow the processor
    # The last column of the table of rungs is milliseconds.
    (re.compile(r"^(\d \w+(?: +\d+){3}) +\d+$", re.MULTILINE), r"\1 MS"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
    (re.compile(r"(?<=\S) {2,}"), "  "),
)


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    language: str
    title: str
    code: str
    line: int
    start: int
    """Where its code begins in the page's text."""
    run: bool

    @property
    def is_output(self) -> bool:
        """Whether it may be what the block before it prints."""
        return self.language == "text"


@dataclass(frozen=True)
class Executed:
    """A block that ran: what it printed, and the block that says so, if there is one."""

    block: Block
    printed: str
    output: Block | None


class SnippetError(AssertionError):
    """A block that fails, or prints something else than the page says."""


def pages() -> list[Path]:
    """README and the pages of the site that are written by hand."""
    return [README, CONTRIBUTING, *sorted(DOCS.rglob("*.md"))]


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [
        Block(
            language=found["language"],
            title=found["title"] or "",
            code=found["code"],
            line=text.count("\n", 0, found.start()) + 1,
            start=found.start("code"),
            run=not NOT_RUN.search(text, 0, found.start()),
        )
        for found in FENCE.finditer(text)
    ]


def executed(page: Path, folder: Path) -> Iterator[Executed]:
    """The blocks of a page that run, one after the other, in an empty folder.

    Raises `SnippetError` naming page and line where a block fails.
    """
    text = page.read_text(encoding="utf-8")
    state = folder / ".state"
    place = folder / "page"
    place.mkdir()
    if DEMO in text or BESIDE_DEMO in text:
        _shell("tvselect init demo", place, state)
        place = place / "demo" if DEMO in text else place
    found = blocks(text)
    for position, block in enumerate(found):
        if not block.run:
            continue
        following = found[position + 1] if position + 1 < len(found) else None
        output = following if following is not None and following.is_output else None
        try:
            if block.language == "sh":
                printed = _shell(block.code, place, state)
                place = Path(state.read_text().strip())
                yield Executed(block, printed, output)
            elif block.language == "python" and not block.title:
                yield Executed(block, _process([sys.executable, "-"], place, block.code), output)
            elif block.language == "python":
                compile(block.code, block.title, "exec")
                (place / block.title).parent.mkdir(exist_ok=True, parents=True)
                (place / block.title).write_text(block.code, encoding="utf-8")
                yield Executed(block, "", None)
            elif block.language == "toml":
                _add_toml(block, place)
                yield Executed(block, "", None)
        except (SnippetError, SyntaxError, tomllib.TOMLDecodeError) as error:
            raise SnippetError(f"{page.name}, line {block.line}: {error}\n{block.code}") from None


def difference(done: Executed) -> str | None:
    """What a block printed where the page says something else; None where they agree, or the page says nothing."""
    if done.output is None or _pattern(done.output.code).fullmatch(normalised(done.printed)):
        return None
    return f"the page says\n{done.output.code}\nit prints\n{done.printed}"


def renewed(output: str, printed: str) -> str:
    """The text of an output block for what is printed now: as many lines before and after its `...` as it had."""
    lines, now = output.splitlines(), printed.rstrip().splitlines()
    if ELLIPSIS not in lines:
        return "\n".join([*now, ""])
    head = lines.index(ELLIPSIS)
    tail = lines[::-1].index(ELLIPSIS)
    return "\n".join([*now[:head], ELLIPSIS, *now[len(now) - tail :], ""])


def normalised(text: str) -> str:
    """A text without what differs from run to run."""
    for pattern, name in VARIABLE:
        text = pattern.sub(name, text)
    return text.strip()


def _pattern(code: str) -> re.Pattern[str]:
    lines = [r".*" if line == ELLIPSIS else re.escape(line) for line in normalised(code).splitlines()]
    return re.compile("\n".join(lines), re.DOTALL)


def _add_toml(block: Block, place: Path) -> None:
    tomllib.loads(block.code)
    if block.title:
        path = place / block.title
        document = (path.read_text(encoding="utf-8") if path.exists() else "") + "\n" + block.code
        tomllib.loads(document)
        path.write_text(document, encoding="utf-8")


def _shell(code: str, place: Path, state: Path) -> str:
    return _process(["bash", "-eo", "pipefail"], place, f"{code}\npwd > '{state}'\n")


def _process(command: list[str], place: Path, code: str) -> str:
    """What a program prints on both channels when it reads `code`."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("TVSELECT", "MLFLOW", "GIT_"))
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        input=code,
        cwd=place,
        env={**inherited, "PATH": path, "COLUMNS": "100"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise SnippetError(f"exit {done.returncode}: {done.stdout[-2000:]}")
    return done.stdout
