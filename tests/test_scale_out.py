"""More machines: scikit-learn's own functions on a real dask cluster of worker processes."""

import os
import signal
import sys

import joblib
import numpy as np
import pytest
import soundfile
from joblib.parallel import ThreadingBackend
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_validate
from sklearn.pipeline import Pipeline

from sktimnet import SCORING, MFCCTransformer, TIMNetClassifier
from sktimnet.datasets import make_emotional_speech
from sktimnet.model_selection import evaluate

distributed = pytest.importorskip("distributed")
pytestmark = [
    # What dask and its web server warn of is theirs; a killed worker leaves sockets to the garbage collector.
    pytest.mark.filterwarnings("default::DeprecationWarning"),
    pytest.mark.filterwarnings("default::ResourceWarning"),
    pytest.mark.filterwarnings("default::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("default::UserWarning:distributed"),
    pytest.mark.filterwarnings("default::RuntimeWarning"),
]
CV = StratifiedKFold(4, shuffle=True, random_state=0)


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, nanny=True
    ) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    """Write 16 short recordings: paths go to the workers, not waveforms."""
    root = tmp_path_factory.mktemp("clips")
    corpus = make_emotional_speech(n_speakers=2, n_texts=4, emotions=("angry", "sad"), duration=0.4, random_state=0)
    paths = [str(root / f"{i}.wav") for i in range(len(corpus.data))]
    for path, clip in zip(paths, corpus.data, strict=True):
        soundfile.write(path, clip, corpus.sr)
    return paths, corpus.target


def pipeline(**parameters):
    parameters = {"n_blocks": 1, "n_filters": 4, "batch_size": 4, "max_epochs": 3, "random_state": 0} | parameters
    return Pipeline([("mfcc", MFCCTransformer(n_mfcc=13, clip_length=0.4)), ("timnet", TIMNetClassifier(**parameters))])


def weights(scores):
    modules = [fitted["timnet"].net_.module_ for fitted in scores["estimator"]]
    return [np.concatenate([value.numpy().ravel() for value in module.state_dict().values()]) for module in modules]


def run(clips, **options):
    return cross_validate(pipeline(**options), *clips, cv=CV, scoring=SCORING, return_estimator=True)


def test_a_cluster_gives_the_same_weights_and_scores(cluster, clips):
    local = run(clips)
    with distributed.Client(cluster), joblib.parallel_config("dask"):
        remote = run(clips)
    np.testing.assert_array_equal(weights(remote), weights(local))
    np.testing.assert_array_equal(remote["test_UAR"], local["test_UAR"])


def test_a_grid_search_on_a_cluster_decodes_each_file_once_with_memory(cluster, clips, tmp_path):
    searched = pipeline().set_params(mfcc__memory=str(tmp_path))
    search = GridSearchCV(searched, {"timnet__dropout": [0.0, 0.1]}, cv=CV)
    with distributed.Client(cluster), joblib.parallel_config("dask"):
        search.fit(*clips)
    entries = [path for path in tmp_path.rglob("output.pkl")]
    assert len(entries) == len(clips[0])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_worker_killed_in_the_middle_loses_nothing(cluster, clips):
    local = run(clips, max_epochs=60)
    with distributed.Client(cluster) as client, joblib.parallel_config("dask"):
        victim = next(iter(client.run(os.getpid).values()))
        client.loop.call_later(1, os.kill, victim, signal.SIGKILL)
        remote = run(clips, max_epochs=60)
        assert victim not in client.run(os.getpid).values()
    np.testing.assert_array_equal(weights(remote), weights(local))


def test_evaluate_spreads_its_folds_over_a_cluster(cluster, clips):
    local = evaluate(pipeline(), *clips, n_splits=4)
    with distributed.Client(cluster), joblib.parallel_config("dask"):
        remote = evaluate(pipeline(), *clips, n_splits=4)
    assert remote.scores == local.scores


class AllInTheEnd(ThreadingBackend):
    """Gives no result before the last, as ray's backend and multiprocessing's."""

    supports_return_generator = False


def test_a_backend_that_gives_no_result_before_the_last_does_as_well(clips):
    local = evaluate(pipeline(), *clips, n_splits=4)
    with joblib.parallel_config(AllInTheEnd(), n_jobs=2):
        remote = evaluate(pipeline(), *clips, n_splits=4)
    assert remote.scores == local.scores


def test_ray_gives_the_same_weights_and_scores(clips):
    ray = pytest.importorskip("ray", reason="ray is not installed: tox -e ray runs this")
    joblib_of_ray = pytest.importorskip("ray.util.joblib")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        joblib_of_ray.register_ray()
        local, report = run(clips), evaluate(pipeline(), *clips, n_splits=4)
        with joblib.parallel_config("ray", n_jobs=2):
            remote, report_of_ray = run(clips), evaluate(pipeline(), *clips, n_splits=4)
    finally:
        ray.shutdown()
    assert report_of_ray.scores == report.scores
    np.testing.assert_array_equal(weights(remote), weights(local))
    np.testing.assert_array_equal(remote["test_UAR"], local["test_UAR"])
