"""What tells other systems of a finished run: MLflow and OpenLineage. Each reads the run's folder and nothing else."""
