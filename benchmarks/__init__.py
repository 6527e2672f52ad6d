"""How long a selection takes and how much memory, stage by stage, beside baselines in the same run: `python -m benchmarks`.

`markets` makes the data; `plain` has each stage as pandas says it, asset by asset where pandas has no word for it; `works` lists
what is measured, a selection, its plain version and what libraries do of it; `measured` measures one work in a process of its
own; `report` turns the measurements into tables and exponents; `__main__` is the command.
"""
