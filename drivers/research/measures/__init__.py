"""What a walk measured: what a score knew, what its list earned beside controls, what the gates did."""
