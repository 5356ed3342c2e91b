"""The page "Add a protocol": its code runs as it stands, and wrong input gives the errors that it quotes."""

import importlib
import re
from pathlib import Path

import numpy as np
import pytest
from pages import blocks_of, errors_of, named_files, run, text_of, written
from sklearn.model_selection import GroupKFold

from sktimnet.model_selection import evaluate

PAGE = "add_a_protocol.md"
_, FOLDS, MEASURES = blocks_of(PAGE)
MINE = {"mine": "nobody knows"}


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    """Give the page's clips and model as a module."""
    with written(PAGE, tmp_path_factory.mktemp("own")):
        yield importlib.import_module("material")


@pytest.fixture(scope="module")
def reports(material):
    return run(FOLDS, PAGE)


def test_the_folds_are_what_the_page_says(material, reports):
    def tested(report, values):
        return sorted(sorted(set(values[fold.test])) for fold in report.folds)

    assert tested(reports["by_session"], material.session) == [["day 1"], ["day 2"]]
    assert tested(reports["by_site"], material.site) == [["hall"], ["lab"]]
    assert tested(reports["by_list"], material.corpus.text) == [["t02"]]
    assert tested(reports["by_both"], material.site) == [["hall"], ["lab"]]
    assert [fold.n_discarded for fold in reports["by_both"].folds] == [24, 24]


def test_names_and_meanings_are_in_the_reports(reports):
    assert [reports[name].protocol for name in ("by_session", "by_list")] == ["session", "published list"]
    assert str(reports["by_site"]).startswith("Protocol site\n(no recording site of the test fold is in training)\n")


def test_the_audit_says_what_the_page_quotes(reports):
    quoted = re.findall(r"`([^`]*(?:with training clips\.|do not read them as 95 %))`", text_of(PAGE))
    assert len(quoted) == 3
    assert all(sentence in "\n".join(reports["by_site"].audit) for sentence in quoted)
    assert "0 of 48 test clips (0%) share a speaker with training clips." in reports["by_site"].audit


def test_measures_of_ones_own_are_beside_uar(material):
    report = run(MEASURES, PAGE)["report"]
    assert list(report.measures) == ["F1", "kappa"] and "kappa" in str(report)


WRONG = [
    {"protocol": "site"},
    {"protocol": MINE, "cv": None},
    {"protocol": {"Speaker": "nobody knows"}},
    {"protocol": "speaker"},
    {"groups": None, "speaker": None},
    {"groups": [None] + [0] * 47},
    {"cv": [(np.arange(1, 40), np.arange(2))]},
]


@pytest.mark.parametrize(("wrong", "quoted"), [*zip(WRONG, errors_of(PAGE), strict=True)])
def test_wrong_input_gives_the_error_that_the_page_quotes(wrong, quoted, material):
    options = {**material.known, "groups": material.site, "cv": GroupKFold(2), "protocol": MINE} | wrong
    with pytest.raises(ValueError, match=re.escape(quoted)):
        evaluate(material.model, material.X, material.y, **options)


def test_the_files_that_the_page_names_are_there():
    assert named_files(PAGE) and all(map(Path.exists, named_files(PAGE)))
