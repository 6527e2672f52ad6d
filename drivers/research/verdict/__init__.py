"""Champion against challengers: trials counted, evidence weighed, promotion recorded."""
