"""What is computed: pure Hamilton modules, one a stage, and what they share."""
