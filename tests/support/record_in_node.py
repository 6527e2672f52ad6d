"""The run page's own check of a record, in Node: no browser is needed for what touches no page."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support.paths import ROOT

NODE = shutil.which("node")
SCRIPT = ROOT / "lineage/page/assets/js/13-record.js"
_RUNNER = """
const fs = require('fs'), path = require('path');
const recordProblems = new Function(`${fs.readFileSync(process.argv[1], 'utf8')}\\nreturn recordProblems;`)();
const read = (name) => (name ? new Uint8Array(fs.readFileSync(name)) : null);
function files(folder, prefix = '') {
  return fs.readdirSync(folder).flatMap((name) => {
    const full = path.join(folder, name);
    return fs.statSync(full).isDirectory() ? files(full, `${prefix}${name}/`) : [[prefix + name, read(full)]];
  });
}
require('readline').createInterface({ input: process.stdin }).on('line', async (line) => {
  const { name, folder, log, checkpoint } = JSON.parse(line);
  const found = await recordProblems(name, new Map(files(folder)), read(log), read(checkpoint));
  process.stdout.write(`${JSON.stringify(found)}\\n`);
});
"""


class PageCheck:
    """A process that answers one folder after the other."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def problems(self, folder: Path, log: Path | None, checkpoint: Path | None) -> list[tuple[str, str]]:
        """File and what is wrong with it, as the page says it."""
        asked: dict[str, Any] = {"name": folder.name, "folder": str(folder)}
        asked |= {"log": log and str(log), "checkpoint": checkpoint and str(checkpoint)}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return [(name, what) for name, what in json.loads(self.process.stdout.readline())]


@contextmanager
def page_check() -> Iterator[PageCheck]:
    """The page's check, until the block ends."""
    command = [str(NODE), "-e", _RUNNER, str(SCRIPT)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield PageCheck(process)
        assert process.stdin is not None
        process.stdin.close()
