"""The DAG as a document: built, compared, laid out, drawn, and traced column by column."""
