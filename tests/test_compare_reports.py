"""Several models over the same folds, each beside the first."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from sktimnet.model_selection import ModelComparison, compare_reports, evaluate

NAMES = ["chance", "neighbour", "logistic"]
MODELS = [DummyClassifier(), KNeighborsClassifier(1), LogisticRegression()]
RNG = np.random.default_rng(0)
Y = np.repeat(["angry", "calm", "sad"], 20)
X = RNG.normal(size=(60, 4)) + 1.5 * np.eye(3, 4)[np.unique(Y, return_inverse=True)[1]]
SPEAKER = np.tile(["Ann", "Ben", "Cy", "Di"], 15)


def run(model, y=Y, **options):
    return evaluate(model, X, y, **{"speaker": SPEAKER, "protocol": "speaker", **options})


@pytest.fixture(scope="module")
def reports():
    return [run(model) for model in MODELS]


@pytest.fixture(scope="module")
def comparison(reports):
    return compare_reports(reports, names=NAMES)


def test_each_model_is_compared_to_the_first_by_a_paired_difference(reports, comparison):
    first, *others = reports
    assert list(comparison.differences) == NAMES[1:]
    assert list(comparison.differences.values()) == [report.difference(first) for report in others]


def test_the_table_has_the_scores_of_each_and_no_difference_of_the_first(reports, comparison):
    first, second, _ = comparison.to_table()
    assert (first["model"], first["UAR_pooled"]) == ("chance", reports[0].scores["UAR"].pooled)
    assert first["UAR_difference"] is first["WAR_low"] is first["WAR_high"] is None
    difference = reports[1].difference(reports[0])["WAR"]
    assert (second["WAR_difference"], second["WAR_low"], second["WAR_high"]) == difference[2:]
    assert second["UAR_mean"] == reports[1].scores["UAR"].mean


def test_the_printed_comparison_has_a_line_for_each_model(reports, comparison):
    lines = [" ".join(line.split()) for line in str(comparison).splitlines()]
    assert lines[0] == "Models compared, protocol speaker"
    uar, war = (f"{100 * reports[0].scores[name].pooled:.1f}" for name in ("UAR", "WAR"))
    assert f"chance {uar} {war}" in lines
    found = comparison.differences["logistic"]["UAR"]
    differences = f"{100 * found.pooled:+.1f} ({100 * found.low:+.1f} to {100 * found.high:+.1f})"
    assert any(line.startswith("logistic ") and differences in line for line in lines)
    assert "logistic: LogisticRegression()" in lines


def test_optimistic_figures_are_labelled(comparison):
    optimistic = {name: replace(report, protocol="best-epoch") for name, report in comparison.reports.items()}
    labelled = compare_reports(list(optimistic.values()))
    assert "(OPTIMISTIC)" in str(labelled).splitlines()[0] and "OPTIMISTIC" in repr(labelled)
    assert "(OPTIMISTIC)" in labelled.to_html()


def test_models_without_names_are_numbered(reports):
    assert list(compare_reports(reports).reports) == ["model 1", "model 2", "model 3"]


def test_a_file_gives_the_comparison_back(comparison, tmp_path):
    comparison.to_json(tmp_path / "comparison.json")
    assert ModelComparison.from_json(tmp_path / "comparison.json") == comparison


@pytest.mark.parametrize("names", [["a", "b"], ["a", "b", "b"], ["a", "b", "c", "d"]])
def test_names_that_are_missing_or_equal_are_refused(reports, names):
    with pytest.raises(ValueError, match="must be a different name for each of the 3 reports"):
        compare_reports(reports, names=names)


def test_one_report_is_refused(reports):
    with pytest.raises(ValueError, match="two or more reports, got 1"):
        compare_reports(reports[:1])


def test_what_is_no_report_is_refused_by_name(reports):
    with pytest.raises(TypeError, match="model 2 must be a Report, which evaluate returns, got 'LogisticRegression'"):
        compare_reports([reports[0], "LogisticRegression"])


@pytest.mark.parametrize(
    "options", [{"n_splits": 2}, {"y": Y[::-1]}, {"protocol": "last-epoch", "n_splits": 4}, {"folds": [1, 2]}]
)
def test_reports_of_other_folds_or_labels_are_refused_by_name(reports, options):
    with pytest.raises(ValueError, match="other is of other clips or folds than mine: evaluate both with the same X"):
        compare_reports([reports[0], run(LogisticRegression(), **options)], names=["mine", "other"])


# ---- to look at -----------------------------------------------------------------------------------------------------


def test_the_page_has_the_table_and_a_picture_that_is_named(comparison, tmp_path):
    html = comparison.to_html(tmp_path / "comparison.html")
    assert (tmp_path / "comparison.html").read_text(encoding="utf-8") == html
    assert html.startswith("<!DOCTYPE html>") and '<html lang="en">' in html
    assert html.count("<table") == html.count("<caption>") == 2
    assert html.count("<img") == html.count('alt="Differences to the first model') == 1


def test_a_notebook_shows_a_part_of_the_page(comparison):
    assert "<html" not in comparison._repr_html_() and comparison._repr_html_() in comparison.to_html()


def test_names_are_escaped(reports):
    html = compare_reports(reports, names=["<script>alert(1)</script>", "b", "c"]).to_html()
    assert "<script" not in html and "&lt;script&gt;" in html


def test_without_matplotlib_the_page_has_the_table_alone(comparison, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert "<img" not in comparison.to_html()


class TestPicture:
    @pytest.fixture(autouse=True)
    def pyplot(self):
        matplotlib = pytest.importorskip("matplotlib")
        matplotlib.use("Agg")
        plt = pytest.importorskip("matplotlib.pyplot")
        yield plt
        for number in plt.get_fignums():
            plt.figure(number).canvas.draw()
        plt.close("all")

    def test_it_shows_the_differences_with_their_intervals(self, comparison):
        from sktimnet.plotting import plot_comparison

        ax = plot_comparison(comparison)
        found = [comparison.differences[name]["UAR"] for name in NAMES[1:]]
        np.testing.assert_allclose(ax.lines[0].get_xdata(), [100 * difference.pooled for difference in found])
        ends = [segment[:, 0] for segment in ax.collections[0].get_segments()]
        np.testing.assert_allclose(ends, [[100 * difference.low, 100 * difference.high] for difference in found])

    def test_it_goes_into_the_axes_that_are_given_and_is_labelled(self, comparison, pyplot):
        from sktimnet.plotting import plot_comparison

        _, ax = pyplot.subplots()
        assert plot_comparison(comparison, ax=ax) is ax
        assert ax.get_xlabel() == "difference to chance in points" and ax.get_ylabel()
        assert [label.get_text().split("\n")[0] for label in ax.get_yticklabels()] == NAMES[1:]

    def test_what_is_no_comparison_is_refused(self, reports):
        from sktimnet.plotting import plot_comparison

        with pytest.raises(TypeError, match="must be a ModelComparison"):
            plot_comparison(reports)
