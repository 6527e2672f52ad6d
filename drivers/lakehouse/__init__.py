"""A lakehouse, written: sources are brought into its tables, each ingest a version, and its files are checked.

1. `tabled_source` turns what a folder holds into rows of tables, and sets aside by reason what can't be a row.
2. `scan_contract` refuses exports that lost fields or shrank.
3. `table_writer` adds to a table what is new or restated, `commits` makes that one version of it, in either format.
4. `ingest` does the three for a source and reports.
5. `compaction` makes few files of many, and removes those that nothing needs.
6. `stored_tables` lists and checks what a lakehouse holds.
"""
