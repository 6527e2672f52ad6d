"""Whether a record holds, and what is no record: `verify`, `reproduce`, `anchor`, `prove`, `clean`."""

from pathlib import Path
from typing import Any

import click

from tradingview_scraper.pipelines.selection.drivers.cli.options import (
    echo,
    json_option,
    place_option,
    project_option,
    run_argument,
)
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, VerificationError


@click.command()
@run_argument(required=False)
@click.option("--all", "everything", is_flag=True, help="Every run, and that none is lost.")
@click.option("--head", metavar="SIZE:HASH", help="A head that you kept: of the named run, else of the project.")
@click.option(
    "--checkpoint",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint that you kept (`anchor --output`).",
)
@click.option("--allowed-signers", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Who may sign.")
@click.option(
    "--time-stamp-authority",
    "authorities",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Certificates (PEM) of who may have stamped the checkpoint: its FILE.tsr is checked.",
)
@click.option("--git-notes", is_flag=True, help="Check the heads in the repository's notes, too.")
@project_option
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    reference: str | None,
    everything: bool,
    head: str | None,
    checkpoint: Path | None,
    allowed_signers: Path | None,
    authorities: Path | None,
    git_notes: bool,
    project: Path,
    as_json: bool,
) -> None:
    """Check that records are as they were left.

    The record of a run (the latest, if none is named) is checked, and the project's ledger; exit 4 on any problem. The
    verdict says against what was kept elsewhere: without that, a record rewritten whole would pass.
    """
    from tradingview_scraper.pipelines.selection.drivers.review import verify as verification

    if everything and reference:
        raise ConfigurationError("verify: name a run or say --all, not both")
    found = verification.verified(
        project,
        reference,
        everything=everything,
        head=head,
        checkpoint=checkpoint,
        allowed_signers=allowed_signers,
        authorities=authorities,
        git_notes=git_notes,
    )
    echo("verification", found, verification.verification_text, as_json)
    ctx.exit(0 if found["ok"] else VerificationError.exit_code)


@click.command()
@run_argument(default="@latest")
@place_option("--data", "Where the run's tables lie now, if they were moved.")
@project_option
@json_option
@click.pass_context
def reproduce(ctx: click.Context, reference: str, data: Any, project: Path, as_json: bool) -> None:
    """Execute a run again and compare every artifact.

    Bytes are compared, and what changed since is named; exit 4 if any artifact differs.
    """
    from tradingview_scraper.pipelines.selection.drivers.review import reproduce as reproduction
    from tradingview_scraper.pipelines.selection.drivers.review import reproduce_text
    from tradingview_scraper.pipelines.selection.drivers.review.damage import readable

    with readable(project, reference):
        found = reproduction.reproduced(project, reference, data=data)
    echo("reproduction", found, reproduce_text.reproduction_text, as_json)
    ctx.exit(0 if found["identical"] else VerificationError.exit_code)


@click.command()
@run_argument(required=False)
@click.option(
    "--sign", "key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="SSH key to sign with."
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Where the checkpoint is written.")
@click.option("--time-stamp", is_flag=True, help="Write the request for a time stamp (RFC 3161), too: FILE.tsq.")
@click.option("--git-note", is_flag=True, help="Add the head to a git note on the project's commit.")
@project_option
@json_option
def anchor(
    reference: str | None,
    key: Path | None,
    output: Path | None,
    time_stamp: bool,
    git_note: bool,
    project: Path,
    as_json: bool,
) -> None:
    """Write a checkpoint of a ledger, signed or not, or note its head in git.

    The project's ledger is meant, or that of a named run. Kept where nobody who writes runs can change it, a checkpoint
    lets `verify` tell whether the end was cut off or the whole was rewritten. An authority's answer to FILE.tsq belongs into
    FILE.tsr; `verify --time-stamp-authority` checks it.
    """
    from tradingview_scraper.pipelines.selection.drivers.review import anchor as anchoring

    done = anchoring.anchored(project, reference, key=key, git_note=git_note, output=output, time_stamp=time_stamp)
    echo("anchor", done, "{0[ledger]} {0[head]}: {0[method]} {0[place]}".format, as_json)


@click.command()
@run_argument(default="@latest")
@click.option(
    "--since",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint that somebody kept: prove that the ledger continues it, too.",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Where the proof goes [default: in reports/]."
)
@project_option
def prove(reference: str, since: Path | None, output: Path | None, project: Path) -> None:
    """Prove that a run's line is in the project's ledger, without the other lines, and print where the proof lies.

    It convinces whoever has its checkpoint, or the one of --since, from elsewhere, and is checked without this package.
    """
    from tradingview_scraper.pipelines.selection.drivers.cli.printing import say
    from tradingview_scraper.pipelines.selection.drivers.review.inclusion import written_proof

    say(str(written_proof(project, reference, since, output)))


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would go, and remove nothing.")
@project_option
@json_option
def clean(dry_run: bool, project: Path, as_json: bool) -> None:
    """Remove what killed runs left: unfinished folders under runs/, torn temporary files.

    A run that is still at work keeps its own; one that was killed when all but its name was there gets that.
    """
    from tradingview_scraper.pipelines.selection.lineage.record.leftovers import finished, left_over, removed

    left = left_over(project)
    if not dry_run:
        for path in left.dead:
            removed(path)
        for path in left.nameless:
            finished(path)
    dead, nameless, at_work = ([path.relative_to(project).as_posix() for path in paths] for paths in left)
    document = {
        "removed": [] if dry_run else dead,
        "would_remove": dead if dry_run else [],
        "finished": [] if dry_run else nameless,
        "would_finish": nameless if dry_run else [],
        "at_work": at_work,
    }
    lines = [
        *(f"{name}: {'would be removed' if dry_run else 'removed'}" for name in dead),
        *(f"{name}: a finished run, {'would get its name' if dry_run else 'has its name now'}" for name in nameless),
        *(f"{name}: a run is at work in it" for name in at_work),
    ]
    echo("clean", document, lambda _: "\n".join(lines or ["nothing was left behind"]), as_json)
