"""Stage 1, ingestion: tables are read, typed, cleaned, joined into the pool; `nodes` is the stage's Hamilton module."""
