"""Where tasks are done: in this process, in others, on a Ray or Dask cluster."""
