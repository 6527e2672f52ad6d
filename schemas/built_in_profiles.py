"""The profiles that come with the package, the default first; each is a file `schemas/profiles/NAME.toml`.

Imports nothing, so that a shell's completion can read it quickly.
"""

BUILT_IN = ("v4", "v3.4")
