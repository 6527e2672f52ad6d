"""Run folders read back: summary, explanation, difference, verification, reproduction, lineage."""
