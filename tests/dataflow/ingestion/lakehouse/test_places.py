"""A folder and a prefix of a bucket answer the same questions."""

from pathlib import Path

import pytest

from tradingview_scraper.pipelines.selection.dataflow.ingestion.lakehouse.places import (
    AnyPlace,
    BucketPlace,
    place_of,
    reason_of,
)
from tradingview_scraper.pipelines.selection.drivers.lakehouse.commits import put
from tradingview_scraper.pipelines.selection.schemas.errors import ConfigurationError


@pytest.fixture(params=["folder", "bucket"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> AnyPlace:
    """A folder, and a prefix of a bucket."""
    if request.param == "folder":
        (tmp_path / "a").mkdir()
        return tmp_path
    return place_of(f"s3://{request.getfixturevalue('bucket')}/places/{tmp_path.name}")


def test_what_was_put_is_there(place: AnyPlace) -> None:
    put(place / "a" / "one.json", b"1")
    put(place / "a" / "two.txt", b"2" * 10_000_000)
    put(place / "a" / "one.json", b"one")
    assert (place / "a" / "one.json").read_bytes() == b"one"
    assert len((place / "a" / "two.txt").read_bytes()) == 10_000_000
    assert [found.name for found in (place / "a").glob("*.json")] == ["one.json"]
    assert list((place / "b").glob("*")) == []
    kinds = [(each.is_file(), each.is_dir()) for each in (place / "a" / "one.json", place / "a", place / "b")]
    assert kinds == [(True, False), (False, True), (False, False)]
    assert (place / "a" / "one.json").parent == place / "a"
    assert str(place / "a").endswith("/a")


def test_what_is_not_there_is_said_in_a_few_words(place: AnyPlace) -> None:
    with pytest.raises(FileNotFoundError) as raised:
        (place / "a" / "none.json").read_bytes()
    assert reason_of(raised.value) == "No such file or directory"


def test_an_address_is_a_folder_or_a_prefix() -> None:
    assert place_of("data/x") == Path("data/x")
    assert place_of("s3://bucket/a/b/") == BucketPlace("bucket/a/b")
    assert str(place_of("s3://bucket/a/b/")) == "s3://bucket/a/b"


@pytest.mark.parametrize(
    "address", ["gs://bucket/a", "s3://", "s3:///a", "s3://key:secret@bucket/a", "s3://b/../c", "s3://b/a?x=1"]
)
def test_another_address_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"no place for a lakehouse: write a folder, or s3://BUCKET/PREFIX"):
        place_of(address)
