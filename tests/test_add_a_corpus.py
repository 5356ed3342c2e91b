"""The page "Add a corpus": its code runs as it stands, and wrong input gives the errors that it quotes."""

import importlib
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
from pages import blocks_of, errors_of, named_files, run, text_of, written
from sklearn.dummy import DummyClassifier

from sktimnet.datasets import load_corpus, load_folder, load_table
from sktimnet.model_selection import evaluate

PAGE = "add_a_corpus.md"
RECORD, OWN, STUDIO, USE = blocks_of(PAGE)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Write the page's recordings and its loader."""
    with written(PAGE, tmp_path_factory.mktemp("own")) as directory, pytest.MonkeyPatch.context() as patch:
        patch.chdir(directory)
        run(RECORD, PAGE)
        yield directory


@pytest.fixture
def studio(recorded, monkeypatch):
    monkeypatch.chdir(recorded)
    return importlib.import_module("studio")


def test_a_table_and_a_folder_per_label_are_corpora(studio, capsys):
    found = run(OWN, PAGE)
    assert (found["hall"].speaker, found["hall"].text) == (None, None)
    assert capsys.readouterr().out.count(" clips (angry 12, ") == 2


def test_the_loader_finds_what_the_table_lists(studio):
    loaded, listed = studio.load_studio("studio"), load_table("studio.csv")
    for name in ("data", "target", "speaker", "text"):
        assert sorted(loaded[name]) == sorted(listed[name])
    assert set(loaded.gender[np.isin(loaded.speaker, ["s01", "s03"])]) == {"female"}
    assert "Licence: CC0-1.0" in loaded.DESCR


def test_the_use_on_the_page_runs_and_prints_the_audit_that_the_page_quotes(studio, capsys):
    found = run(USE, PAGE)
    printed = capsys.readouterr().out
    quoted = re.findall(r"`(\d+ of 36 test clips[^`]+)`", text_of(PAGE))
    assert len(quoted) == 2 and all(sentence in printed for sentence in quoted)
    assert "24 of Studio, 24 of Hall" in printed and "Cross-corpus" in printed
    assert found["report"].scores["UAR"].mean > 0.5


def semicolons(studio):
    Path("wrong.csv").write_text("path;label\nstudio/s01/angry_t01.wav;angry")
    load_table("wrong.csv")


def no_label(studio):
    Path("wrong.csv").write_text("path,label\nstudio/s01/angry_t01.wav,")
    load_table("wrong.csv")


def no_folders(studio):
    Path("none/hall").mkdir(parents=True)
    Path("none/hall/a.wav").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir("none")
        load_folder("hall")


def capitals(studio):
    load_corpus("studio", studio.STUDIO, lambda tail: re.search(r"S\d\d/Angry", tail))


def a_tuple(studio):
    load_corpus("studio", studio.STUDIO, lambda tail: ("angry", "s01"))


def one_missing(studio):
    Path("studio/s01/angry_t01.wav").rename("kept.wav")
    try:
        studio.load_studio("studio")
    finally:
        Path("kept.wav").rename("studio/s01/angry_t01.wav")


def no_speaker(studio):
    corpus = studio.load_studio("studio")
    evaluate(DummyClassifier(), corpus.data, corpus.target, speaker=[None, *corpus.speaker[1:]])


WRONG = [semicolons, no_label, no_folders, capitals, a_tuple, one_missing, no_speaker]


@pytest.mark.parametrize(("wrong", "quoted"), [*zip(WRONG, errors_of(PAGE), strict=True)])
def test_wrong_input_gives_the_error_that_the_page_quotes(wrong, quoted, studio):
    with warnings.catch_warnings(action="error"):
        with pytest.raises((FileNotFoundError, TypeError, ValueError, UserWarning), match=re.escape(quoted)):
            wrong(studio)


def test_the_files_that_the_page_names_are_there():
    assert named_files(PAGE) and all(map(Path.exists, named_files(PAGE)))
