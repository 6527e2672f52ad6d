"""What a run leaves behind: ledger, digests of code, graph, figures, page, exporters."""
