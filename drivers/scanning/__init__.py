"""Live scanners: what a profile asks of them, asked page by page, stored as dated exports that a run reads."""
