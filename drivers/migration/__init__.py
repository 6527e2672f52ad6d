"""What is only about v3.4: its words, the bridge, parity, shadow. It goes when v3.4 does, in one commit.

`tests/drivers/migration/test_deletion.py` holds these lists against the code.

Delete:

    drivers/migration
    drivers/cli/migration_commands.py
    dataflow/ingestion/believed.py              all of v3.4's own reading
    dataflow/partitioning/conditioning.py       the condition number, which only crowded seats use
    dataflow/policy/crowding.py                 crowded seats; `quota` stays
    schemas/profiles/v3.4.toml
    docs/parity.md
    tests/drivers/migration
    tests/reference                             v3.4 written down a second time
    tests/support/answers.py
    tests/support/legacy.py
    tests/dataflow/inference/test_recorded_scores.py
    tests/dataflow/ingestion/test_believed.py

Edit, each where it reads a setting of `compat` or hands one on (what stays is the branch of the value that is named first):

    schemas/settings.py                         the class CompatSettings, SelectionSettings.compat, its _inertia_knows_directions
    schemas/profiles/v4.toml                    the section [compat]
    schemas/built_in_profiles.py                the profile's name
    schemas/context.py                          winners are sound, always
    schemas/gates.py                            Gate.exempt_benchmarks, literal ladders
    schemas/frames.py                           VALUE_RULES
    dataflow/ingestion/nodes.py                 what is believed; raw_pool; the column metadata_keys
    dataflow/ingestion/return_nodes.py          what is believed
    dataflow/ingestion/pool_table_nodes.py      what is believed
    dataflow/ingestion/pool.py                  believed_proposals, lenders
    dataflow/ingestion/pool_table.py            what is believed; identity, adv, metadata_keys
    dataflow/ingestion/candidate_scans.py       scan_window
    dataflow/ingestion/given_tables.py
    dataflow/ingestion/horizon.py               window_days
    dataflow/ingestion/providers/folder.py
    dataflow/ingestion/providers/memory.py
    dataflow/features/nodes.py
    dataflow/features/kernels/arrays.py         by_dtype, sample_deviation
    dataflow/features/calendar.py
    dataflow/features/factors/complexity.py
    dataflow/features/factors/risk.py
    dataflow/features/factors/trading.py
    dataflow/features/factors/trend.py
    dataflow/features/kernels/entropy.py        gaps joined, the sorting network, SciPy's logarithm
    dataflow/features/kernels/rescaled_range.py what a thin history has, NumPy's slope
    dataflow/inference/nodes.py
    dataflow/partitioning/nodes.py
    dataflow/partitioning/correlation.py        correlation by pandas
    dataflow/policy/gating.py                   exempt_benchmarks, benchmark_waiver
    dataflow/policy/nodes.py
    dataflow/policy/quota.py
    dataflow/policy/draft.py
    dataflow/policy/recruitment.py
    drivers/execution/plan.py                   the inputs, SelectionSettings.effective
    drivers/execution/hooks.py                  undisturbed
    drivers/execution/stage_modules.py          the two modules
    drivers/execution/controller.py             RECORDED
    drivers/execution/result.py                 Selection.conditioning
    drivers/recording/lineage_nodes.py          exempting_gates
    drivers/review/reasons.py                   identity_scope
    drivers/cli/main.py                         the commands parity and shadow
    lineage/record/figures.py                   direction_aware
    pyproject.toml                              the package
    docs/reference_pages.py                     the column of v3.4
    docs/reliability.md                         what holds of v3.4
    docs/tutorial.md                            exempt_benchmarks
    docs/dag.txt                                drawn anew
    docs/dag.svg                                drawn anew

What still says v3.4 then is a word in a docstring, or a test that names the profile or hands such an argument to a
function. Tried once on a branch: of the files that stay, 457 lines go and 90 come, and a run under v4 leaves the same bytes
but for what lists settings, nodes and columns.
"""
