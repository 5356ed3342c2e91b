"""Whatever is passed to a public function, it works or says what is wrong, in scikit-learn's way."""

import json
import os
from pathlib import Path

import joblib
import matplotlib
import numpy as np
import pytest
from bad_input import (
    ANY_CLIPS,
    ANY_X,
    ANY_Y,
    ANYTHING,
    FITTED,
    LABELS,
    PIPELINE,
    RNG,
    SMALL,
    TINY,
    WAVEFORMS,
    X,
    Y,
    arrays,
    few,
    labels,
    more,
    refused,
)
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline
from sklearn.utils import Bunch

from sktimnet import MFCCTransformer, TIMNetClassifier, datasets, inspection, persistence, plotting
from sktimnet.model_selection import Report, ablations, cross_corpus, evaluate, robustness
from sktimnet.pretrained import load_released

matplotlib.use("Agg")
pytestmark = [
    pytest.mark.usefixtures("elsewhere"),  # legal names of files may become files
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning"),  # a column of labels
    pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning"),
    pytest.mark.filterwarnings("ignore:No artists with labels"),  # a legend has no name for ""
]

ROWS, EMOTIONS = RNG.normal(size=(12, 2)), np.array(["angry", "sad"] * 6)
FOLDS = {"X": ROWS, "y": EMOTIONS, "speaker": np.repeat(["Ann", "Ben", "Cem"], 4), "text": np.tile(["a", "b"], 6)}


# ---- data -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in datasets.__all__ if name.startswith(("load_", "fetch_"))])
@few
@given(value=st.one_of(ANYTHING, st.just("\0")))
def test_wrong_places_of_a_corpus(name, value):
    assume(not (name.startswith("fetch_") and (value is None or isinstance(value, str | Path))))  # would download
    argument = {"load_table": "path"}.get(name, "data_home" if name.startswith("fetch_") else "root")
    others = (datasets.CORPORA["EMODB"], lambda tail: None) if name == "load_corpus" else ()
    assert refused(lambda: getattr(datasets, name)(value, *others), argument, value)


@more
@given(
    content=st.one_of(
        st.binary(max_size=30),
        st.text('ab,"\n\r \0;ä', max_size=20).map(lambda rows: f"path,label\n{rows}".encode()),
        st.lists(st.sampled_from(["path", "label", "text", "Path ", ""]), max_size=4).map(
            lambda names: (",".join(names) + "\n" + ",".join("ab"[: len(names)])).encode()
        ),
    )
)
def test_wrong_tables(content):
    Path("clips.csv").write_bytes(content)
    if not refused(lambda: datasets.load_table("clips.csv"), "clips.csv", content):
        corpus = datasets.load_table("clips.csv")
        assert all(corpus.target) and len(corpus.data) == len(corpus.target)
        assert os.getcwd() not in corpus.data  # which an empty path would be


@more
@given(data=st.data(), value=st.one_of(ANYTHING, st.lists(LABELS, max_size=3)))
def test_wrong_parameters_of_synthetic_speech(data, value):
    legal = {"n_speakers": 1, "n_texts": 1, "emotions": ("angry", "sad"), "duration": 0.3, "sr": 8000}
    name = data.draw(st.sampled_from([*legal, "n_takes", "random_state"]))
    assume(not (isinstance(value, int) and value == 2**70 and name not in ("random_state", "emotions")))
    named = "emotion" if name == "emotions" else name
    refused(lambda: datasets.make_emotional_speech(**legal | {name: value}), named, value)


# ---- evaluation -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", ["last-epoch", "speaker", "speaker+text"])
@few
@given(data=st.data())
def test_wrong_arguments_of_an_evaluation(protocol, data):
    names = "estimator X y speaker text groups cv n_splits seeds n_jobs memory verbose".split()
    name = data.draw(st.sampled_from(["protocol", *names]))
    folds = st.lists(st.tuples(*[st.lists(st.sampled_from([0, 1, 2, 99, -1, 1.5, "a", True]), max_size=3)] * 2))
    strategy = {"cv": folds, **dict.fromkeys(["y", "speaker", "text", "groups"], labels(12))}.get(name, arrays())
    value = data.draw(st.one_of(strategy, ANYTHING))
    assume(not (name == "cv" and isinstance(value, bytes)))  # they have a method split, as splitters do
    arguments = {"estimator": DummyClassifier(), **FOLDS, "n_splits": 4, "protocol": protocol} | {name: value}
    with joblib.parallel_config("threading"):
        refused(lambda: evaluate(**arguments), name, value)


@few
@given(data=st.data(), name=st.sampled_from(["estimator", "corpora", "seeds", "labels", "n_jobs", "verbose", "target"]))
def test_wrong_arguments_of_a_cross_corpus_test(data, name):
    here = Bunch(data=ROWS, target=EMOTIONS)
    value = data.draw(st.one_of(ANYTHING, labels(12) if name == "target" else labels(2)))
    arguments = {"estimator": DummyClassifier(), "corpora": {"here": here, "there": here}, "seeds": [0], name: value}
    if name == "target":
        arguments["corpora"]["there"] = Bunch(data=ROWS, target=arguments.pop("target"))
    if name == "corpora":
        arguments["corpora"] = data.draw(st.sampled_from([value, {"here": here, "there": value}]))
    with joblib.parallel_config("threading"):
        refused(lambda: cross_corpus(**arguments), {"target": "corpora", "labels": "label"}.get(name, name), value)


@few
@given(value=ANYTHING)
def test_wrong_networks_to_ablate(value):
    refused(lambda: ablations(value, X, Y, n_splits=2), "estimator", value)


@more
@given(data=st.data())
def test_wrong_arguments_of_a_stress_test(data):
    options = ["perturbations", "thresholds", "cv", "seed", "batch_size", "sr", "n_jobs", "verbose"]
    name = data.draw(st.sampled_from(["estimator", "X", "y", "speaker", "sex", *options]))
    strategy = {"y": labels(6), "speaker": labels(6), "sex": labels(6), "X": ANY_CLIPS}.get(name, arrays())
    value = data.draw(st.one_of(strategy, ANYTHING))
    assume(not (name == "cv" and isinstance(value, bytes)))  # they have a method split, as splitters do
    legal = {"X": [(clip, 1000) for clip in WAVEFORMS], "y": Y, "perturbations": ["gain:-20dB"], "cv": 2}
    arguments = {"estimator": DummyClassifier(), **legal} | {name: value}
    with joblib.parallel_config("threading"):
        refused(lambda: robustness(**arguments), "clip" if name == "X" else name, value)


REPORT = evaluate(TIMNetClassifier(**TINY), X, Y, n_splits=2)
DOCUMENT = json.dumps({"format": 1, "kind": "Report", "summary": {}} | json.loads(json.dumps(REPORT, default=vars)))


@few
@given(data=st.data(), value=st.sampled_from(["absent", None, 1, -1, 1.5, "x", [], {}, [1], [None], {"a": 1}, [{}]]))
def test_wrong_reports(data, value):
    document = json.loads(DOCUMENT)
    part = data.draw(st.sampled_from([document, document["folds"][0]]))
    key = data.draw(st.sampled_from(sorted(set(part) - {"curves"})))
    del part[key]
    if value != "absent":
        part[key] = value
    Path("report.json").write_text(json.dumps(document))
    if not refused(lambda: Report.from_json("report.json"), "report.json", value):
        assert isinstance(str(Report.from_json("report.json")), str)


@few
@given(content=st.one_of(st.binary(max_size=20), st.sampled_from([b"[" * 10_000, b"{}", b"null", b"[]"])))
def test_files_that_are_no_reports(content):
    Path("report.json").write_bytes(content)
    assert refused(lambda: Report.from_json("report.json"), "report.json", content)


@more
@given(value=ANYTHING, way=st.sampled_from(["from_json", "to_json", "compare"]))
def test_wrong_places_of_a_report(value, way):
    refused(lambda: getattr(REPORT, way)(value), "corpus" if way == "compare" else "path", value)


# ---- pictures, saving -----------------------------------------------------------------------------------------------

FIRST = {
    "attention_maps": lambda value: inspection.attention_maps(value, WAVEFORMS),
    "fusion_weights": inspection.fusion_weights,
    "embedding_tsne": lambda value: inspection.embedding_tsne(value, X, perplexity=2),
    "plot_attention": lambda value: plotting.plot_attention(value, WAVEFORMS[0]),
    "plot_fusion_weights": plotting.plot_fusion_weights,
    "plot_embedding": lambda value: plotting.plot_embedding(value, X, Y, perplexity=2),
    "plot_confusion_matrix": plotting.plot_confusion_matrix,
    "plot_learning_curves": plotting.plot_learning_curves,
    "save": lambda value: persistence.save(value, "model.safetensors"),
}
UNFITTED = [make_pipeline(MFCCTransformer(**SMALL), TIMNetClassifier()), make_pipeline(DummyClassifier())]


@pytest.mark.parametrize("name", FIRST)
@few
@given(value=st.one_of(ANYTHING, st.sampled_from([*UNFITTED, make_pipeline(PIPELINE[0]), DummyClassifier().fit(X, Y)])))
def test_wrong_estimators_and_reports(name, value):
    name_of = {"plot_confusion_matrix": "report", "plot_learning_curves": "report", "save": "pipeline"}
    assert refused(lambda: FIRST[name](value), name_of.get(name, "needs a"), value)


@more
@given(data=st.data())
def test_wrong_data_for_a_picture(data):
    draw_embedding = {"estimator": FITTED, "X": X, "y": Y, "perplexity": 2, "random_state": 0}
    cases = {
        "X": (ANY_CLIPS, lambda value: inspection.attention_maps(PIPELINE, value)),
        "per_channel": (ANYTHING, lambda value: inspection.attention_maps(PIPELINE, WAVEFORMS, per_channel=value)),
        "clip": (ANY_X, lambda value: plotting.plot_attention(PIPELINE, value)),
        "y": (ANY_Y, lambda value: plotting.plot_embedding(**draw_embedding | {"y": value})),
        "perplexity": (ANYTHING, lambda value: plotting.plot_embedding(**draw_embedding | {"perplexity": value})),
        "random_state": (ANYTHING, lambda value: plotting.plot_embedding(**draw_embedding | {"random_state": value})),
        "ax": (ANYTHING, lambda value: plotting.plot_fusion_weights(FITTED, ax=value)),
        "measure": (ANYTHING, lambda value: plotting.plot_learning_curves(REPORT, value)),
    }
    name = data.draw(st.sampled_from(sorted(cases)))
    strategy, call = cases[name]
    value = data.draw(strategy)
    refused(lambda: call(value), name if name != "X" else "clip", value)


@few
@given(value=ANYTHING, way=st.sampled_from(["save", "load", "released", "corpus"]))
def test_wrong_places_of_a_model(value, way):
    calls = {
        "save": lambda: persistence.save(PIPELINE, value),
        "load": lambda: persistence.load(value),
        "released": lambda: load_released(value),
        "corpus": lambda: load_released("nowhere.hdf5", corpus=value),
    }
    legal = way in ("save", "load") and isinstance(value, str | Path)  # load may find what was saved
    assert refused(calls[way], "corpus" if way == "corpus" else "path", value) or legal


@few
@given(content=st.binary(max_size=40))
def test_files_that_are_no_models(content):
    Path("model").write_bytes(content)
    assert refused(lambda: persistence.load("model"), "model", content)
    assert refused(lambda: load_released("model"), "model", content)
