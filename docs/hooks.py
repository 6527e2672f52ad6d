"""What MkDocs runs: the reference is made afresh for every build and never lies in the repository."""

import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))

from reference_pages import reference_pages


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """The site's files with the pages of the reference."""
    for name, text in reference_pages().items():
        files.append(File.generated(config, f"reference/{name}", content=text))
    return files
