"""The same model has the same bytes, whenever and wherever in memory it was made."""

import io
from zipfile import ZipFile

import numpy as np
import pytest
from skops.io import dumps, loads

from support.worlds import rows
from tradingview_scraper.pipelines.selection.drivers.execution.model_files import TRUSTED
from tradingview_scraper.pipelines.selection.drivers.research.learning.fits import fitted
from tradingview_scraper.pipelines.selection.drivers.research.learning.model_bytes import model_bytes
from tradingview_scraper.pipelines.selection.schemas.learning import learning_settings

SMALL = {"estimator__boosting__max_iter": 5, "horizon": 2, "embargo": 2}


@pytest.mark.parametrize("parameters", [{"estimator": "ridge"}, {"estimator": "blend", **SMALL}])
def test_the_same_fit_is_the_same_file(parameters: dict[str, object]) -> None:
    found = rows()
    learning = learning_settings("mine", parameters)
    one, other = (fitted("mine", learning, found, np.arange(len(found.target))) for _ in range(2))
    content = model_bytes(one)
    assert content == model_bytes(other)
    assert dumps(one) != dumps(other)
    with ZipFile(io.BytesIO(content)) as held:
        assert {entry.date_time for entry in held.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    filled = np.nan_to_num(found.values)
    np.testing.assert_array_equal(loads(content, trusted=list(TRUSTED)).predict(filled), one.predict(filled))
