"""What is computed: pure Hamilton modules, one a stage, and what they share."""

# Hamilton knows pandas only through this plug-in, and loads it by itself only together with a dozen slow ones.
from hamilton.plugins import pandas_extensions as pandas_extensions
