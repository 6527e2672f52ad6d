"""The record of a run: ledger, files, encodings, provenance, figures, and the one reader of run folders."""
