"""Compare TIM-Net with a plain support vector machine on EMODB.

Ten folds on real recordings, with the front end of the published figures. Run it with the directory that holds EMODB
(``python examples/emodb_cross_validation.py path/to/emodb``); ``--epochs 500`` is the paper's length, ``--folds 3``
runs the first three folds only, ``--by-speaker`` tests each speaker with a model that is trained on the others.
"""

import argparse
import time

import numpy as np
from sklearn.model_selection import LeaveOneGroupOut, StratifiedKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.svm import SVC

from sktimnet import SCORING, MFCCTransformer, TIMNetClassifier
from sktimnet.datasets import load_emodb
from sktimnet.feature_extraction import FRONT_ENDS

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("root", help="directory that holds EMODB")
parser.add_argument("--epochs", type=int, default=60)
parser.add_argument("--folds", type=int, default=10, help="how many of the ten folds to run")
parser.add_argument("--by-speaker", action="store_true", help="one speaker a fold instead of stratified folds")
parser.add_argument("--batch-size", type=int, default=64)
parser.add_argument("--n-jobs", type=int, default=None)
options = parser.parse_args()


def functionals(mfcc):
    """Describe each clip's coefficients by mean, SD, percentiles, and the SD of their steps: (clips, 39 * 8)."""
    percentiles = np.percentile(mfcc, [5, 25, 50, 75, 95], axis=2)
    steps = np.diff(mfcc, axis=2).std(axis=2)
    return np.hstack([mfcc.mean(axis=2), mfcc.std(axis=2), *percentiles, steps])


def report(name, scores, seconds):
    """Print one line: mean and SD over folds, and the time."""
    line = "  ".join(f"{m} {scores[f'test_{m}'].mean():.3f} +/- {scores[f'test_{m}'].std():.3f}" for m in SCORING)
    print(f"{name:30s} {line}  ({seconds:.0f} s)", flush=True)


corpus = load_emodb(options.root)
released = MFCCTransformer(**FRONT_ENDS["released"], clip_length=96_000)
# Nothing is learned from the corpus at a fixed clip length, so features can be made once, ahead of the folds.
mfcc = released.fit_transform(corpus.data)
cv = LeaveOneGroupOut() if options.by_speaker else StratifiedKFold(10, shuffle=True, random_state=46)
folds = list(cv.split(corpus.data, corpus.target, corpus.speaker))[: options.folds]
network = TIMNetClassifier(max_epochs=options.epochs, batch_size=options.batch_size, random_state=0)

for name, classifier in {
    "SVC(C=10) on functionals": make_pipeline(FunctionTransformer(functionals), StandardScaler(), SVC(C=10)),
    f"TIM-Net, {options.epochs} epochs": network,
}.items():
    start = time.perf_counter()
    scores = cross_validate(classifier, mfcc, corpus.target, cv=folds, scoring=SCORING, n_jobs=options.n_jobs)
    report(name, scores, time.perf_counter() - start)
    for metric in SCORING:
        print(f"  {metric} of each fold:", " ".join(f"{score:.3f}" for score in scores[f"test_{metric}"]), flush=True)
