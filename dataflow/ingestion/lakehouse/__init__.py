"""A lakehouse, read: a folder of long tables, each with versions, each row with the moment from which it was known.

1. `table_layouts` names the tables and their columns: bars, candidates, instruments, statistics, membership, aside.
2. `table` is the protocol that a format fulfils, and opens a table of a lakehouse.
3. `manifests` says which files a version of a Parquet table consists of.
4. `parquet_table` reads a version: only the files that a question needs, each checked against its sha256 before it is parsed.
5. `statements` keeps of each key what was said last.

Nothing here writes: `drivers.lakehouse` does, so that what selects can't change what it selects from.

    lakehouse/
      bars/
        versions/00000001.json     the manifest of a version: its data files, their digests, the version before it
        data/2024-5f0c1a...parquet the rows that a version added, a file per year; named after its content
"""
