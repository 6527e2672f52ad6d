"""What a shell may complete: `completion SHELL` prints the script for it; run ids and profiles are looked up as one types.

Commands and options are completed by click. A look-up never fails: where a file can't be read there is nothing to offer.
Imports nothing heavy.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tradingview_scraper.pipelines.selection.schemas.built_in_profiles import BUILT_IN

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

VARIABLE = "_TVSELECT_COMPLETE"
SHELLS = ("bash", "zsh", "fish")
_FILES = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "~/.config/fish/completions/tvselect.fish"}


@click.command(
    epilog="\b\n" + "\n".join(f"{shell}: tvselect completion {shell} >> {_FILES[shell]}" for shell in SHELLS)
)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that makes a shell complete commands, run ids and profiles."""
    from click.shell_completion import get_completion_class

    found = get_completion_class(shell)
    assert found is not None  # click has one for each of SHELLS
    click.echo(_source(found(ctx.find_root().command, {}, "tvselect", VARIABLE)))


def _source(script: Any) -> str:
    # Not `source()`, which starts a bash to ask for its version: the script is the same whatever it says.
    return str(script.source_template % script.source_vars())


def runs(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """The ids of the project's runs, newest first, and @latest."""
    from tradingview_scraper.pipelines.selection.lineage.record.runs import run_names

    names = ["@latest", "@latest~1", "@champion", *reversed(run_names(_project(ctx)))]
    return _items(names, incomplete)


def profiles(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """The built-in profiles and those of the project."""
    import tomllib

    try:
        document = tomllib.loads((_project(ctx) / "tvselect.toml").read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        document = {}
    own = document.get("profile", {})
    names = dict.fromkeys([*BUILT_IN, *(own if isinstance(own, dict) else ())])
    return _items(names, incomplete)


def markets(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> "list[CompletionItem]":
    """The markets with defaults."""
    from tradingview_scraper.pipelines.selection.schemas.market_defaults import MARKET_DEFAULTS

    return _items(MARKET_DEFAULTS, incomplete)


def _items(names: Iterable[str], incomplete: str) -> "list[CompletionItem]":
    from click.shell_completion import CompletionItem

    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _project(ctx: click.Context) -> Path:
    return Path(ctx.params.get("project") or ".")
