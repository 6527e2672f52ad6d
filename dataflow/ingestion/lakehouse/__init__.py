"""A lakehouse, read: long tables in a folder or a bucket, each with versions, each row with the moment from which it was known.

1. `table_layouts` names the tables and their columns: bars, candidates, instruments, statistics, membership, aside.
2. `table` is the protocol of a table.
3. `places` are folders and prefixes of buckets.
4. `manifests` says which files a version consists of, in either format; `delta_log` which manifest a commit of Delta names.
5. `parquet_table` reads a version: only the files that a question needs, each checked against its sha256 before it is parsed.
6. `statements` keeps of each key what was said last.

Nothing here writes: `drivers.lakehouse` does, so that what selects can't change what it selects from.

    lakehouse/
      bars/
        versions/00000001.json     the manifest of a version: its data files, their digests, the version before it
        data/2024-5f0c1a...parquet the rows that a version added, a file per year; named after its content
      candidates/                  the same as a Delta table
        _delta_log/00...01.json    the commit of a version: names its manifest by its digest
        _manifests/1ee46a...json   that manifest
        data/2026-dd7be6...parquet
"""
