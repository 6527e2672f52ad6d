from pathlib import Path

import pandas as pd
import pytest

from tradingview_scraper.pipelines.selection.drivers.research.exports.table_file import written_table
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError, StorageError

TABLE = pd.DataFrame({"x": [1.5, 2.5]}, index=pd.Index(["a", "b"], name="asset"))


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_table_is_read_back_with_its_index(tmp_path: Path, kind: str) -> None:
    file = written_table(TABLE, tmp_path / "new" / f"table.{kind}")
    read = pd.read_parquet(file) if kind == "parquet" else pd.read_csv(file)
    pd.testing.assert_frame_equal(read.set_index("asset"), TABLE, check_index_type=False)


def test_another_ending_or_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"end the name of the output in \.parquet or \.csv"):
        written_table(TABLE, tmp_path / "table.xlsx")
    (tmp_path / "taken.csv").mkdir()
    with pytest.raises(StorageError, match=r"taken\.csv|can't be written"):
        written_table(TABLE, tmp_path / "taken.csv")


@pytest.mark.parametrize("text", ["=1+1", "+1", "@SUM(A1)", "\tx", "-2+3|cmd", "-1+HYPERLINK(A1)"])
def test_no_text_of_a_csv_is_a_formula(tmp_path: Path, text: str) -> None:
    table = pd.DataFrame({"x": [text], text: [-1.5]}, index=pd.Index([text], name="asset"))
    read = pd.read_csv(written_table(table, tmp_path / "table.csv"))
    assert [*read.columns] == ["asset", "x", f"'{text}"]
    assert read.iloc[0].to_list() == [f"'{text}", f"'{text}", -1.5]


def test_a_short_keeps_its_name_in_a_csv(tmp_path: Path) -> None:
    table = pd.DataFrame({"-BTCUSDT.P": [0.1]}, index=pd.DatetimeIndex(["2026-06-30"], name="date"))
    assert [*pd.read_csv(written_table(table, tmp_path / "table.csv"))] == ["date", "-BTCUSDT.P"]
