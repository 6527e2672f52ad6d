"""Files of a run: the same bytes for the same content, and nothing of it lost."""

import io
import json
import tomllib
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from support.market import selection
from tradingview_scraper.pipelines.selection.lineage.record.encoding import (
    document,
    incumbent_document,
    parquet,
    toml,
    written,
)
from tradingview_scraper.pipelines.selection.schemas.digests import bytes_digest


@pytest.mark.parametrize("name", ["feature_store", "standings", "decisions", "inference_outputs"])
def test_a_real_frame_reads_back_with_its_named_index_as_a_column(name: str) -> None:
    frame = getattr(selection().context, name)
    whole = frame if frame.index.name is None else frame.reset_index()
    read = pd.read_parquet(io.BytesIO(parquet(frame)))
    assert read.columns.tolist() == whole.columns.tolist()
    for column in whole:
        assert read[column].astype(object).equals(whole[column].astype(object)), column


def test_an_index_without_a_name_is_left_out() -> None:
    assert pq.read_table(io.BytesIO(parquet(pd.DataFrame({"a": [1]}, index=["x"])))).column_names == ["a"]


def test_the_bytes_hold_no_library_version_and_notice_a_flipped_bit() -> None:
    frame = selection().context.feature_store
    content = parquet(frame)
    assert content == parquet(frame.copy())
    assert pq.read_schema(io.BytesIO(content)).metadata is None
    assert pq.ParquetFile(io.BytesIO(content)).metadata.row_group(0).column(0).compression == "ZSTD"
    assert sum(noticed(content, place) for place in range(50, len(content) // 2, len(content) // 20)) >= 5


def noticed(content: bytes, place: int) -> bool:
    """Whether a reader that checks sees that a bit was flipped there."""
    spoiled = bytearray(content)
    spoiled[place] ^= 1
    try:
        pq.read_table(pa.BufferReader(bytes(spoiled)), page_checksum_verification=True)
    except OSError as error:
        return "checksum" in str(error)
    return False


def test_a_document_is_indented_in_the_order_given_and_has_typed_nulls() -> None:
    content = document({"b": "é", "a": float("nan")})
    assert content.endswith(b"\n}\n")
    assert b'\n "b": "\xc3\xa9",\n "a": {' in content
    assert list(json.loads(content)) == ["b", "a"]
    assert json.loads(content)["a"]["null"] == "nan"


def test_in_the_incumbents_format_the_unknown_is_null_at_every_depth_and_integers_have_any_size() -> None:
    nan = float("nan")
    content = incumbent_document([{"é": nan, "a": [1.5, nan, (float("inf"), {"b": -nan})], "c": 10**30, "d": True}])
    assert content.decode() == (
        '[\n {\n  "é": null,\n  "a": [\n   1.5,\n   null,\n   [\n    null,\n    {\n     "b": null\n    }\n   ]\n  ],\n'
        '  "c": 1000000000000000000000000000000,\n  "d": true\n }\n]\n'
    )


def test_toml_leaves_none_out_at_every_depth() -> None:
    content = toml({"a": None, "b": {"c": None, "d": 0}, "e": [{"f": None, "g": False}], "h": (1, 2)})
    assert tomllib.loads(content.decode()) == {"b": {"d": 0}, "e": [{"g": False}], "h": [1, 2]}


def test_settings_read_back() -> None:
    settings = selection().settings.model_dump(mode="json", exclude_none=True)
    assert tomllib.loads(toml(settings).decode()).keys() == settings.keys()


def test_files_are_written_in_the_order_of_their_names_and_listed_with_digest_and_size(tmp_path: Path) -> None:
    files = {"b.json": b"bb", "a.tar.gz": b"a"}
    found = written(tmp_path, files)
    assert [(each.name, each.path, each.bytes) for each in found] == [("a", "a.tar.gz", 1), ("b", "b.json", 2)]
    for each in found:
        assert (tmp_path / each.path).read_bytes() == files[each.path]
        assert each.digest == bytes_digest(files[each.path])
