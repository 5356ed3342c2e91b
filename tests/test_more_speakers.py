"""Several corpora at once: joined, or as further training clips that no fold tests."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils import Bunch

from sktimnet.datasets import concatenate
from sktimnet.model_selection import evaluate
from sktimnet.speakers import with_speakers

RNG = np.random.default_rng(0)
Y = np.repeat(["angry", "calm"], 10)
X = RNG.normal(size=(20, 3)) + 5 * (Y == "angry")[:, np.newaxis]
SPEAKER = np.tile(["Ann", "Ben"], 10)


def corpus(labels, speaker=None, prefix="clip"):
    names = np.array([f"{prefix}{i}" for i in range(len(labels))])
    return Bunch(data=names, target=np.array(labels), speaker=speaker)


def test_corpora_are_joined_by_the_labels_that_they_share():
    joined = concatenate({"one": corpus(["sad", "angry", "bored"]), "two": corpus(["angry", "sad"], prefix="other")})
    assert joined.data == ["clip0", "clip1", "other0", "other1"]
    assert joined.target.tolist() == ["sad", "angry", "angry", "sad"]
    assert joined.corpus.tolist() == ["one", "one", "two", "two"]


def test_labels_are_renamed_before_they_are_compared():
    joined = concatenate(
        {"one": corpus(["sad", "happy"]), "two": corpus(["sad", "excited"])}, mapping={"excited": "happy"}
    )
    assert joined.target.tolist() == ["sad", "happy", "sad", "happy"]


def test_speakers_of_two_corpora_are_never_the_same():
    one = corpus(["sad", "angry"], np.array(["03", "03"]))
    assert set(concatenate({"one": one, "two": one}).speaker) == {"one/03", "two/03"}


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: concatenate({}), "corpora is empty"),
        (lambda: concatenate({"one": corpus(["sad", "angry"])}, labels=["calm", "sad"]), r"'one' has no clip .*'calm'"),
        (lambda: concatenate({"one": corpus(["sad"]), "two": corpus(["angry"])}), "name those alike with mapping="),
    ],
)
def test_corpora_that_cannot_be_joined_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def extra(n=4):
    return Bunch(data=[[9.0, 9.0, 9.0], [-9.0, -9.0, -9.0]] * n, target=np.array(["calm", "angry"] * n))


def test_every_fold_trains_on_the_further_clips_and_none_tests_them():
    plain, more = (
        evaluate(LogisticRegression(), X, Y, n_splits=4),
        evaluate(LogisticRegression(), X, Y, n_splits=4, extra=extra()),
    )
    assert [fold.n_train + 8 for fold in plain.folds] == [fold.n_train for fold in more.folds]
    assert [fold.test for fold in plain.folds] == [fold.test for fold in more.folds]
    assert more.n_clips == 20
    assert any("8 clips of another corpus" in line for line in more.audit)


def test_what_the_further_clips_teach_is_learned():
    wrong = Bunch(data=list(X), target=np.where(Y == "angry", "calm", "angry"))  # the same clips, labelled otherwise
    nearest = KNeighborsClassifier(1)
    assert evaluate(nearest, X, Y, n_splits=4).scores["WAR"].mean == 1
    report = evaluate(nearest, X, Y, n_splits=4, extra=wrong)
    assert report.scores["WAR"].mean == 0
    assert any("test clips that were also trained on: 20" in line for line in report.audit)


def test_further_clips_of_a_table_come_with_their_speakers():
    class Hears(LogisticRegression):
        def fit(self, X, y):
            self.heard_ = set(X["speaker"])
            return super().fit(np.stack(X["clip"]), y)

        def predict(self, X):
            assert not self.heard_ & set(X["speaker"])
            assert "extra Cy" in self.heard_
            return super().predict(np.stack(X["clip"]))

        def predict_proba(self, X):
            return super().predict_proba(np.stack(X["clip"]))

    other = Bunch(data=list(X[:4]), target=Y[:4], speaker=np.array(["Cy"] * 4))
    table = with_speakers(list(X), SPEAKER)
    evaluate(Hears(), table, Y, speaker=SPEAKER, protocol="speaker", n_splits=None, extra=other)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (Bunch(data=[[0.0, 0.0, 0.0]], target=["happy"]), r"labels that y lacks: \['happy'\]"),
        ((X, Y), "extra must be a corpus with data and target"),
    ],
)
def test_what_cannot_be_trained_on_is_refused(other, message):
    with pytest.raises(ValueError, match=message):
        evaluate(LogisticRegression(), X, Y, n_splits=4, extra=other)
