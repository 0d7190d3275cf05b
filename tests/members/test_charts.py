"""Charts of the staff's pages."""

import re
from itertools import pairwise

import pytest

from members.charts import LABEL_SIZE, paired_bars, stacked_bars


@pytest.mark.parametrize("bars", [stacked_bars, paired_bars])
@pytest.mark.parametrize("count", [1, 5, 15, 40])
def test_labels_have_room_below_each_other(bars, count):
    picture = bars([f"服务{number}" for number in range(count)], {"金卡": range(count)}, ["#000000"])
    heights = sorted(float(y) for y in re.findall(r'<text x="[^"]*" y="([^"]+)"[^>]*>服务', picture))
    assert len(heights) == count
    assert all(below - above >= LABEL_SIZE for above, below in pairwise(heights))
