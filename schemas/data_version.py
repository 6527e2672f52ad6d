"""Which content of which table a read gave: by its version the source finds it again, by its digest anybody knows it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DataVersion:
    """One read of a table.

    The digest is of the content that was read (`schemas.table_digests`), so it outlives the version. Of a Delta table of another
    tool it is that of its files: what their rows mean is told afterwards.
    """

    format: str
    """How the table is stored: parquet or delta."""
    table: str
    table_id: str
    """Given to the table when it was made: another table of the same name has another."""
    version: int
    digest: str
    schema_digest: str
    rows: int
    symbols: int | None
    """None where it isn't told yet."""
    as_of: str | None
    """Valid dates up to this one; None: all."""
    known_at: str | None
    """What was known before this moment (UTC, exclusive); None: all that the version has."""
    since: str | None = None
    """Valid dates from this one on; None: all."""
    only: tuple[str, ...] | None = None
    """Only these symbols; None: all."""
