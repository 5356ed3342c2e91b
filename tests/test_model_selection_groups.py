"""Speakers reach inner searches and early stopping: no speaker is on both sides of any split."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifierCV
from sklearn.model_selection import GridSearchCV, GroupKFold, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sktimnet import TIMNetClassifier
from sktimnet.classifiers import _base
from sktimnet.model_selection import evaluate
from sktimnet.preprocessing import FeatureScaler
from sktimnet.speakers import SpeakerNormalizedClassifier, with_speakers

RNG = np.random.default_rng(0)
LABELS = np.tile(["angry", "calm", "sad"], 24)
SPEAKER = np.repeat(["Ann", "Ben", "Cem", "Dee"], 18)
ROWS = RNG.normal(size=(72, 4)) + np.unique(LABELS, return_inverse=True)[1][:, None]
FRAMES = ROWS[:, :, None] + RNG.normal(size=(72, 4, 8))
STOPPING = TIMNetClassifier(
    n_blocks=1,
    n_filters=4,
    batch_size=8,
    max_epochs=6,
    early_stopping=True,
    validation_fraction=0.3,
    n_iter_no_change=2,
)
SHORT = TIMNetClassifier(n_blocks=1, n_filters=4, batch_size=8, max_epochs=2)
AS_THEY_ARE = FunctionTransformer(np.asarray)
GRID = {"C": [1e-3, 1.0]}


def run(estimator, X=ROWS, **options):
    return evaluate(estimator, X, LABELS, **{"speaker": SPEAKER, "protocol": "speaker"} | options)


class NotingGroupKFold(GroupKFold):
    """Note the groups that it gets."""

    seen: list = []

    def split(self, X, y=None, groups=None):
        self.seen.append(set(groups))
        return super().split(X, y, groups)


@pytest.fixture
def seen():
    NotingGroupKFold.seen.clear()
    return NotingGroupKFold.seen


@pytest.mark.parametrize(
    "estimator",
    [
        GridSearchCV(LogisticRegression(), GRID, cv=NotingGroupKFold(3)),
        RandomizedSearchCV(LogisticRegression(), GRID, n_iter=1, cv=NotingGroupKFold(3)),
        make_pipeline(StandardScaler(), GridSearchCV(LogisticRegression(), GRID, cv=NotingGroupKFold(3))),
        GridSearchCV(make_pipeline(LogisticRegression()), {"logisticregression__C": [1.0]}, cv=NotingGroupKFold(3)),
        VotingClassifier([("a", GridSearchCV(LogisticRegression(), GRID, cv=NotingGroupKFold(3)))]),
        CalibratedClassifierCV(LogisticRegression(), cv=NotingGroupKFold(3)),
    ],
    ids=["grid", "random", "last-in-pipeline", "around-pipeline", "voting", "calibration"],
)
def test_a_splitter_of_groups_gets_the_speakers_of_the_training_fold(estimator, seen):
    report = run(estimator)
    tested = [set(fold.speaker) for fold in report.folds]
    assert [groups | held_out for groups, held_out in zip(seen, tested, strict=True)] == [set(SPEAKER)] * 4
    assert [groups & held_out for groups, held_out in zip(seen, tested, strict=True)] == [set()] * 4


def test_a_search_gives_what_it_gives_by_hand():
    search = GridSearchCV(LogisticRegression(), GRID, cv=GroupKFold(3))
    for fold in run(search).folds:
        train = np.setdiff1d(np.arange(72), fold.test)
        by_hand = clone(search).fit(ROWS[train], LABELS[train], groups=SPEAKER[train])
        assert by_hand.predict(ROWS[fold.test]).tolist() == fold.predicted


@pytest.mark.parametrize(
    "estimator",
    [
        GridSearchCV(make_pipeline(clone(STOPPING).set_params(early_stopping=False)), {}, cv=GroupKFold(2)),
        GridSearchCV(clone(STOPPING), {"early_stopping": [False, True]}, cv=GroupKFold(3)),
        VotingClassifier([("stops", clone(STOPPING)), ("not", clone(STOPPING).set_params(early_stopping=False))]),
        VotingClassifier(
            [
                ("calibrated", SpeakerNormalizedClassifier(AS_THEY_ARE, clone(SHORT), calibration_folds=2)),
                ("not", SpeakerNormalizedClassifier(AS_THEY_ARE, clone(SHORT))),
            ]
        ),
        GridSearchCV(
            SpeakerNormalizedClassifier(AS_THEY_ARE, clone(SHORT)), {"calibration_folds": [None, 2]}, cv=GroupKFold(2)
        ),
    ],
    ids=["search", "search of stopping", "vote", "vote of recipes", "search of calibration"],
)
def test_parts_that_need_no_groups_stand_beside_those_that_do(estimator):
    assert len(run(estimator, FRAMES, folds=[1]).folds) == 1


def test_other_searches_and_classifiers_get_no_groups():
    folds = {"protocol": "last-epoch", "n_splits": 3}
    for estimator in (GridSearchCV(LogisticRegression(), GRID, cv=3), RidgeClassifierCV()):
        known, unknown = (run(estimator, speaker=speaker, **folds).folds for speaker in (SPEAKER, None))
        assert [fold.predicted for fold in known] == [fold.predicted for fold in unknown]


def test_a_splitter_of_groups_without_speakers_is_refused():
    search = GridSearchCV(LogisticRegression(), GRID, cv=GroupKFold(3))
    with pytest.raises(ValueError, match=r"cv=GroupKFold\(.*holds out groups, but speaker=None"):
        run(search, speaker=None, protocol="last-epoch", n_splits=3)


def test_early_stopping_sets_whole_speakers_aside():
    report = run(STOPPING, FRAMES)
    for fold in report.folds:
        train = np.setdiff1d(np.arange(72), fold.test)
        alone = clone(STOPPING).set_params(random_state=0)
        alone.fit(FRAMES[train], LABELS[train], groups=SPEAKER[train])
        assert alone.predict(FRAMES[fold.test]).tolist() == fold.predicted


def test_early_stopping_in_a_search_sets_whole_speakers_aside(monkeypatch):
    given = []
    set_aside = _base.set_aside
    monkeypatch.setattr(_base, "set_aside", lambda y, groups, **k: given.append(groups) or set_aside(y, groups, **k))
    run(GridSearchCV(STOPPING, {"lr": [1e-3]}, cv=2), FRAMES, protocol="last-epoch", n_splits=2)
    assert len(given) == 2 * 3
    assert all(groups is not None for groups in given)


def test_early_stopping_never_sees_the_test_fold():
    curves = run(STOPPING, FRAMES).curves
    assert "validation_loss" in curves
    assert not [name for name in curves if name.startswith("test")]


def test_where_one_person_speaks_early_stopping_sets_clips_aside():
    one = run(STOPPING, FRAMES, speaker=np.repeat("Ann", 72), protocol="last-epoch", n_splits=2)
    assert one.folds == [
        type(fold)(**{**vars(fold), "speaker": other.speaker, "n_speaker_shared": other.n_speaker_shared})
        for fold, other in zip(
            run(STOPPING, FRAMES, speaker=None, protocol="last-epoch", n_splits=2).folds, one.folds, strict=True
        )
    ]


def test_two_protocols_of_one_training_need_a_training_without_early_stopping():
    with pytest.raises(ValueError, match="trains to its last epoch, got .* early_stopping=True"):
        run(STOPPING, FRAMES, protocol=("last-epoch", "best-epoch"), n_splits=2)


@pytest.mark.parametrize("named", [True, False])
def test_early_stopping_within_a_recipe_sets_whole_speakers_aside(named, monkeypatch):
    given = []
    set_aside = _base.set_aside
    monkeypatch.setattr(_base, "set_aside", lambda y, groups, **k: given.append(groups) or set_aside(y, groups, **k))
    X = with_speakers(list(FRAMES), SPEAKER) if named else FRAMES
    run(SpeakerNormalizedClassifier(AS_THEY_ARE, clone(STOPPING)), X, folds=[1])
    assert [len(set(groups)) for groups in given] == [3] * (1 + named)


# ---- calibration ----------------------------------------------------------------------------------------------------


class Noting(LogisticRegression):
    """Note which clips each fit has."""

    seen: list = []

    def fit(self, X, y, **parameters):
        self.seen.append({tuple(row) for row in X.tolist()})
        return super().fit(X, y, **parameters)


def calibrated_on(**options):
    """Evaluate one held-out speaker; return for each fit the speakers of its clips."""
    Noting.seen = []
    classifier = SpeakerNormalizedClassifier(
        AS_THEY_ARE, Noting(), scaler=FeatureScaler(with_mean=False, with_std=False), calibration_folds=3
    )
    run(classifier, list(ROWS), folds=[1], **options)
    speaker_of = {tuple(row): name for row, name in zip(ROWS.astype(np.float32).tolist(), SPEAKER, strict=True)}
    return [{speaker_of[row] for row in rows} for rows in Noting.seen]


def test_clips_without_names_are_calibrated_on_speakers_that_are_held_out():
    assert sorted(map(len, calibrated_on())) == [2, 2, 2, 3]


def test_without_speakers_clips_are_held_out():
    assert sorted(map(len, calibrated_on(speaker=None, protocol="last-epoch", n_splits=4))) == [4, 4, 4, 4]


def test_clips_of_a_search_are_calibrated_on_speakers_that_are_held_out():
    Noting.seen = []
    classifier = SpeakerNormalizedClassifier(AS_THEY_ARE, Noting(), calibration_folds=2)
    search = GridSearchCV(classifier, {"classifier__C": [1.0]}, cv=GroupKFold(3))
    run(search, list(ROWS), folds=[1])
    assert sorted(len(rows) for rows in Noting.seen) == sorted([18, 18, 36] * 3 + [18, 36, 54])
