"""The page "From zero to a paper's table" runs as it stands."""

import pytest
from pages import blocks_of, run

PAGE = "from_zero.md"


@pytest.fixture(scope="module")
def names():
    """Run the page's blocks, one after the other, as a reader would."""
    names = {}
    for block in blocks_of(PAGE):
        run(block, PAGE, names)
    return names


def test_its_folds_share_no_speaker(names):
    for report in names["reports"]:
        assert report.protocol == "speaker"
        assert [fold.n_speaker_shared for fold in report.folds] == [0] * 4


def test_its_short_training_is_long_enough_to_predict(names):
    score = names["reports"][0].scores["UAR"]
    assert score.mean > score.chance + 0.2


def test_its_table_compares_both_models(names):
    table = names["table"]
    assert list(table.index) == ["TIM-Net", "robust"]
    assert table.loc["robust", "UAR_low"] <= table.loc["robust", "UAR_difference"] <= table.loc["robust", "UAR_high"]
