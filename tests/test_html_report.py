"""A report as a page: complete, safe, self-contained, and labelled for those who listen to it."""

import base64
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
import soundfile
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from sktimnet import TIMNetClassifier
from sktimnet.__main__ import main
from sktimnet.datasets import make_emotional_speech
from sktimnet.model_selection import Report, evaluate

VOID = {"br", "img", "meta"}


class Page(HTMLParser):
    """What a page holds: its elements in order, each with attributes and text; tags that do not nest are an error."""

    def __init__(self, html):
        super().__init__()
        self.elements, self._open = [], []
        self.feed(html)
        assert not self._open, f"never closed: {self._open}"

    def handle_starttag(self, tag, attributes):
        element = {
            "tag": tag,
            "attributes": dict(attributes),
            "text": "",
            "inside": [other["tag"] for other in self._open],
        }
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag):
        assert self._open and self._open.pop()["tag"] == tag, f"</{tag}> closes another element"

    def handle_data(self, data):
        for element in self._open:
            element["text"] += data

    def all(self, tag):
        return [element for element in self.elements if element["tag"] == tag]

    def texts(self, tag):
        return [" ".join(element["text"].split()) for element in self.all(tag)]


@pytest.fixture(scope="module")
def report():
    """Give a report of a short training, of two seeds, with curves, probabilities and mistakes."""
    rng = np.random.default_rng(0)
    y = np.repeat(["angry", "calm", "sad"], 8)
    X = rng.normal(size=(24, 5, 12)) + 2 * (y == "angry")[:, None, None]
    network = TIMNetClassifier(n_blocks=2, n_filters=4, batch_size=4, max_epochs=3)
    speaker = np.tile(["Ann", "Ben", "Cy", "Di"], 6)
    return evaluate(network, X, y, speaker=speaker, protocol="speaker", n_splits=2, seeds=(0, 1))


@pytest.fixture(scope="module")
def page(report):
    return Page(report.to_html())


def with_files(report, paths):
    """Give the report as if its clips were these files."""
    folds = [replace(fold, path=[str(paths[i]) for i in fold.test]) for fold in report.folds]
    return replace(report, folds=folds)


# ---- what it tells --------------------------------------------------------------------------------------------------


def test_the_page_has_a_section_for_each_part_of_the_report(page):
    assert page.texts("h2") == [
        "What to know before relying on it",
        "Folds",
        "Confusion matrix",
        "Learning curves",
        "Calibration",
        "Worst mistakes",
        "Settings",
    ]


def test_head_figures_have_their_intervals_and_chance(report, page):
    [figures] = page.texts("dl")
    for name, score in report.scores.items():
        assert f"{name} {100 * score.pooled:.1f} %" in figures
        assert f"95 % interval {100 * score.low:.1f} to {100 * score.high:.1f} %" in figures
        assert f"chance {100 * score.chance:.1f} %" in figures


def test_the_protocol_is_named_with_its_meaning(page):
    assert page.texts("h1") == page.texts("title") == ["Evaluation, protocol speaker"]
    assert "No speaker of the test fold is in training." in page.texts("p")


def test_every_finding_of_the_audit_is_told(report, page):
    assert set(report.audit) <= set(page.texts("li"))


def test_optimistic_figures_are_labelled_at_the_top(report):
    page = Page(replace(report, protocol="best-epoch").to_html())
    assert page.texts("h1") == ["Evaluation, protocol best-epoch (OPTIMISTIC)"]
    assert page.texts("p")[0] == "OPTIMISTIC, the paper's **: the epoch is chosen on the test fold itself."
    assert "best epoch" in page.texts("th")


def test_each_fold_of_each_seed_has_a_row_and_mean_and_sd_follow(report, page):
    rows = page.texts("tr")
    for fold in report.folds:
        name = f"{fold.fold}, seed {fold.seed}{fold.n_train}{len(fold.test)}0{100 * fold.UAR:.1f}{100 * fold.WAR:.1f}"
        assert any(row.startswith(name) for row in rows)
    uar, war = report.scores.values()
    assert f"mean{100 * uar.mean:.1f}{100 * war.mean:.1f}" in rows
    assert f"SD{100 * uar.sd:.1f}{100 * war.sd:.1f}" in rows


def test_the_confusion_matrix_is_a_table_of_shares_and_counts(report, page):
    cells = [element["text"] for element in page.all("td") if "style" in element["attributes"]]
    shares = report.confusion_matrix / report.confusion_matrix.sum(axis=1, keepdims=True)
    expected = [f"{100 * share:.0f}{n}" for share, n in zip(shares.flat, report.confusion_matrix.flat, strict=True)]
    assert cells == expected


def test_a_class_that_was_never_tested_has_no_shares(report):
    folds = [replace(fold, probabilities=[[*row, 0.0] for row in fold.probabilities]) for fold in report.folds]
    page = Page(replace(report, folds=folds, classes=[*report.classes, "zeal"], class_counts=[8, 8, 8, 0]).to_html())
    assert [cell["text"] for cell in page.all("td") if "style" in cell["attributes"]][-4:] == ["-0"] * 4


def test_learning_curves_are_drawn_and_their_ends_told(report, page):
    last = np.mean([fold.curves["test_accuracy"][-1] for fold in report.folds])
    assert f"test accuracy{last:.3f}" in page.texts("tr")
    assert sum("Learning curves" in image["attributes"]["alt"] for image in page.all("img")) == 2


def test_calibration_is_told_with_its_bins_and_thresholds(report, page):
    assert any(f"Expected calibration error {report.calibration.ece:.3f}" in text for text in page.texts("p"))
    for part in report.calibration.bins:
        assert any(row.startswith(f"{part.low:.1f} to {part.high:.1f}{part.n_clips}") for row in page.texts("tr"))


def test_the_worst_mistakes_are_the_most_confident_wrong_predictions(report, page):
    wrong = [
        (max(row), clip, true, predicted)
        for fold in report.folds
        for row, clip, true, predicted in zip(fold.probabilities, fold.test, fold.true, fold.predicted, strict=True)
        if true != predicted
    ]
    confidence, clip, true, predicted = max(wrong)
    first, *others = [element["text"] for element in page.all("li") if "ol" in element["inside"]]
    assert len(others) + 1 == min(10, len(wrong))
    assert f"clip {clip}\n" in first and f"true {true}, predicted {predicted}" in first
    assert f"{predicted} {100 * confidence:.1f} %" in first


def test_settings_and_versions_are_told(report, page):
    rows = page.texts("tr")
    assert "max_epochs3" in rows and "seeds0, 1" in rows
    assert f"sktimnet{report.versions['sktimnet']}" in rows
    assert f"hash of the folds{report.split_hash}" in rows


def test_parameters_of_a_part_stand_for_the_part(report):
    parameters = {"svc": "SVC(C=3)", "svc__C": 3, "cv": None}
    page = Page(replace(report, settings=report.settings | {"parameters": parameters}).to_html())
    assert "svc__C3" in page.texts("tr") and "svcSVC(C=3)" not in page.texts("tr")


def test_a_classifier_without_probabilities_and_epochs_has_a_page_that_says_so():
    X, y = np.repeat([[0.0], [9.0]], 6, axis=0), np.repeat(["calm", "angry"], 6)
    page = Page(evaluate(LinearSVC(), X, y, n_splits=2).to_html())
    assert "Learning curves" not in page.texts("h2")
    assert page.texts("p")[-2:] == [
        "The classifier gives no probabilities.",
        "The classifier gives no probabilities by which mistakes could be ranked.",
    ]


def test_a_report_without_mistakes_says_so():
    X, y = np.repeat([[0.0], [9.0]], 6, axis=0), np.repeat(["calm", "angry"], 6)
    assert "No clip was predicted wrong." in Page(evaluate(LogisticRegression(), X, y, n_splits=2).to_html()).texts("p")


# ---- recordings -----------------------------------------------------------------------------------------------------


def sources(html):
    return [element["attributes"]["src"] for element in Page(html).all("audio")]


def test_each_mistake_has_a_player_for_its_file(report, tmp_path):
    html = with_files(report, [tmp_path / f"clip {i}.wav" for i in range(24)]).to_html()
    assert len(sources(html)) == html.count("<li><code>")
    assert all(re.fullmatch(re.escape(tmp_path.as_uri()) + r"/clip%20\d+\.wav", source) for source in sources(html))
    names = {element["attributes"]["aria-label"] for element in Page(html).all("audio")}
    assert names <= {f"Play {tmp_path / f'clip {i}.wav'}" for i in range(24)}


def test_relative_paths_lead_from_the_page_to_the_files(report, tmp_path, monkeypatch):
    (tmp_path / "pages").mkdir()
    monkeypatch.chdir(tmp_path)
    html = with_files(report, [f"clips/{i}#.wav" for i in range(24)]).to_html("pages/report.html")
    assert all(re.fullmatch(r"\.\./clips/\d+%23\.wav", source) for source in sources(html))


def test_recordings_are_part_of_the_page_if_asked(report, tmp_path):
    clips = [tmp_path / f"{i}.wav" for i in range(24)]
    for i, clip in enumerate(clips):
        soundfile.write(clip, np.full(50, i / 100), 8000)
    html = with_files(report, clips).to_html(audio=True)
    kind, content = sources(html)[0].split(",", 1)
    assert re.fullmatch(r"data:audio/[\w.+-]*wav;base64", kind)
    assert base64.b64decode(content) in {clip.read_bytes() for clip in clips}
    assert not any(source.startswith("file") for source in sources(html))


def test_a_recording_that_is_no_longer_there_is_named_if_it_is_to_be_part_of_the_page(report, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone.\d+\.wav"):
        with_files(report, [tmp_path / "gone" / f"{i}.wav" for i in range(24)]).to_html(audio=True)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file names are text")
def test_file_names_that_are_no_text_are_found_all_the_same(report, tmp_path):
    html = with_files(report, ["/data/\udcff.wav"] * 24).to_html(tmp_path / "report.html")
    assert set(sources(html)) == {"file:///data/%FF.wav"}
    assert "/data/?.wav" in (tmp_path / "report.html").read_text(encoding="utf-8")


# ---- safe and self-contained ----------------------------------------------------------------------------------------


def test_labels_and_paths_are_escaped(report):
    label = "<script>alert('angry')</script>"
    renamed = {"angry": label}
    folds = [
        replace(
            fold,
            true=[renamed.get(name, name) for name in fold.true],
            predicted=[renamed.get(name, name) for name in fold.predicted],
            speaker=[f'"><img src=x onerror={name}>' for name in fold.speaker],
            path=["\"'><script>clip</script>.wav"] * len(fold.test),
        )
        for fold in report.folds
    ]
    page = Page(replace(report, folds=folds, classes=[label, "calm", "sad"]).to_html())
    assert not page.all("script")
    assert not any("onerror" in element["attributes"] for element in page.elements)
    assert label in page.texts("th")
    assert {unquote(element["attributes"]["src"]) for element in page.all("audio")} == {"\"'><script>clip</script>.wav"}


def test_the_page_asks_for_nothing_from_elsewhere(page, report):
    links = [
        value
        for element in page.elements
        for name, value in element["attributes"].items()
        if name in ("src", "href", "data", "srcset", "action", "poster")
    ]
    assert links and all(link.startswith("data:image/svg+xml;base64,") for link in links)
    assert not any(element["tag"] in ("script", "link", "iframe", "object") for element in page.elements)
    assert "url(" not in report.to_html() and "@import" not in report.to_html()


def test_the_same_report_gives_the_same_page(report):
    assert report.to_html() == report.to_html()


def test_the_page_is_written_where_it_should_be(report, tmp_path):
    html = report.to_html(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == html
    assert report.to_html(str(tmp_path / "report.html")) == html


@pytest.mark.parametrize(
    ("path", "error"), [("missing/report.html", FileNotFoundError), (".", OSError), (3, TypeError)]
)
def test_a_path_that_cannot_be_written_is_refused(report, path, error, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error):
        report.to_html(path)


def test_a_report_from_a_file_has_the_same_page(report, tmp_path):
    report.to_json(tmp_path / "report.json")
    assert Report.from_json(tmp_path / "report.json").to_html() == report.to_html()


def test_without_matplotlib_there_are_tables_alone(report, monkeypatch, page):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    bare = Page(report.to_html())
    assert not bare.all("img") and page.all("img")
    assert len(bare.all("table")) == len(page.all("table"))


def test_pictures_leave_the_figures_of_the_user_alone(report):
    plt = pytest.importorskip("matplotlib.pyplot")
    before = plt.get_fignums()
    report.to_html()
    assert plt.get_fignums() == before


# ---- for everyone ---------------------------------------------------------------------------------------------------


def test_headings_are_in_order_below_one_first(page):
    levels = [int(element["tag"][1]) for element in page.elements if re.fullmatch("h[1-6]", element["tag"])]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(below - above <= 1 for above, below in zip(levels, levels[1:], strict=False))


def test_language_and_width_of_the_screen_are_declared(page):
    assert page.all("html")[0]["attributes"]["lang"] == "en"
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in [
        element["attributes"] for element in page.all("meta")
    ]


def test_every_table_has_a_caption_and_every_heading_of_it_a_scope(page):
    assert len(page.all("caption")) == len(page.all("table")) == 8
    assert all(page.texts("caption"))
    assert all(element["attributes"].get("scope") in ("row", "col") for element in page.all("th"))


def test_every_picture_and_every_region_is_named(page):
    assert all(image["attributes"]["alt"] for image in page.all("img"))
    regions = [element for element in page.all("div") if element["attributes"].get("role") == "region"]
    assert regions and all(region["attributes"]["aria-label"] for region in regions)


def luminance(*colour):
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in np.array(colour) / 255)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_numbers_are_readable_on_the_darkest_shade(page):
    styles = [element["attributes"]["style"] for element in page.all("td") if "style" in element["attributes"]]
    *colour, share = zip(*(map(float, re.findall(r"[\d.]+", style)) for style in styles), strict=True)
    assert max(share) <= 0.5
    darkest = [0.5 * values[0] + 0.5 * 255 for values in colour]  # on white
    text = luminance(0x1A, 0x1A, 0x1A)
    assert (luminance(*darkest) + 0.05) / (text + 0.05) >= 4.5


# ---- notebooks and the command line ---------------------------------------------------------------------------------


def test_a_notebook_shows_the_report_without_changing_its_own_style(report):
    html = report._repr_html_()
    page = Page(html)
    assert not page.all("html") and not page.all("body") and page.all("article")
    [style] = [element["text"] for element in page.all("style")]
    rules = [line.strip() for line in style.splitlines() if "{" in line and not line.startswith("@")]
    assert rules and all(
        part.strip().startswith(".sktimnet") for rule in rules for part in rule.split("{")[0].split(",")
    )


def test_templates_and_pictures_are_loaded_only_for_a_page():
    code = "import sys, sktimnet.model_selection; sys.exit(len({'jinja2', 'sktimnet.plotting'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    root = tmp_path_factory.mktemp("recordings")
    corpus = make_emotional_speech(n_speakers=2, n_texts=4, emotions=("angry", "sad"), duration=0.4, random_state=0)
    for i, (clip, label) in enumerate(zip(corpus.data, corpus.target, strict=True)):
        (root / label).mkdir(exist_ok=True)
        soundfile.write(root / label / f"{i}.wav", clip, corpus.sr)
    return root


def test_evaluate_writes_the_page(recordings, tmp_path, capsys):
    options = ["--corpus", "folder", "--root", str(recordings), "--folds", "2", "--epochs", "1", "--n-blocks", "1"]
    file = tmp_path / "report.html"
    assert main(["evaluate", *options, "--report", str(file)]) == 0
    html = file.read_text(encoding="utf-8")
    assert Page(html).texts("h1") == ["Evaluation, protocol last-epoch"]
    assert all(Path(unquote(source.removeprefix("file://"))).is_file() for source in sources(html))


def test_evaluate_refuses_a_page_that_cannot_be_written_before_it_trains(recordings, capsys):
    options = ["--corpus", "folder", "--root", str(recordings)]
    assert main(["evaluate", *options, "--report", "nowhere/report.html"]) == 2
    assert "--report nowhere/report.html: its directory does not exist" in capsys.readouterr().err
