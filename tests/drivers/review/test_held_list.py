"""The list of a run, handed to the next one."""

import shutil
from pathlib import Path

from support.command_line import tvselect
from support.sample import SampleRun
from tradingview_scraper.pipelines.selection.drivers.review.held_list import held_assignment, held_list
from tradingview_scraper.pipelines.selection.lineage.record.run_record import RunRecord
