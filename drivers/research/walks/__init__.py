"""Many dates: the whole pipeline at each, as it was known then, and what came after."""
