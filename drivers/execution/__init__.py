"""From settings to a selection in memory: profiles, plan, graph, controller."""
