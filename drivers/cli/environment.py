"""The environment variables that the commands read: the one list of them, for `--help` and the documentation."""

from collections.abc import Mapping

ENVIRONMENT: Mapping[str, str] = {
    "TVSELECT__SECTION__KEY": "a setting, such as TVSELECT__RECRUITMENT__FLOOR=20; --set goes before it",
    "MLFLOW_TRACKING_URI": "where `export mlflow` and `run --track mlflow` report to",
    "MLFLOW_EXPERIMENT_NAME": "the experiment that they report under",
    "BROWSER": "as everywhere: what `report --open` opens a page with",
    "_TVSELECT_COMPLETE": "set by the completion script of `tvselect completion`, by nobody else",
}
"""Name to what it does."""


def environment_text() -> str:
    """The list for a terminal."""
    lines = [f"  {name}\n      {what}" for name, what in ENVIRONMENT.items()]
    return "\b\nEnvironment variables:\n" + "\n".join(lines)
