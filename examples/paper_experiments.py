"""Run every experiment of the paper on one corpus: Tables 1 to 3, Figures 2 and 3.

``python examples/paper_experiments.py`` takes synthetic speech, ``python examples/paper_experiments.py path/to/emodb``
EMODB. Trainings are short, some 600 steps in batches of 16, so that a laptop gets through; ``--epochs 500
--batch-size 64`` is the paper's length. Tables are printed, reports (JSON) and pictures saved under ``--out``.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
from sklearn.base import clone
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from sktimnet import MFCCTransformer, TCNClassifier, TIMNetClassifier
from sktimnet.datasets import CORPORA, load_emodb, make_emotional_speech
from sktimnet.feature_extraction import FRONT_ENDS
from sktimnet.model_selection import ablations, cross_corpus, evaluate
from sktimnet.plotting import plot_attention, plot_confusion_matrix, plot_embedding, plot_learning_curves

parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
parser.add_argument("root", nargs="?", help="directory that holds EMODB; without it, synthetic speech")
parser.add_argument("--epochs", type=int, default=40)
parser.add_argument("--batch-size", type=int, default=16)
parser.add_argument("--folds", type=int, default=10, help="folds of Table 1; Table 3 takes 3")
parser.add_argument("--n-jobs", type=int, default=None)
parser.add_argument("--out", type=Path, default=Path("experiments"))
options = parser.parse_args()

# ---- the corpus and the pipeline ------------------------------------------------------------------------------------

synthetic = make_emotional_speech(random_state=0)
corpus = load_emodb(options.root) if options.root else synthetic
clip_length = CORPORA["EMODB"].clip_length if options.root else synthetic.data.shape[1]
n_blocks = 8 if options.root else 6  # the receptive field covers the clip: 188 frames, or 52
pipe = Pipeline(
    [
        ("mfcc", MFCCTransformer(**FRONT_ENDS["released"], clip_length=clip_length)),
        ("timnet", TIMNetClassifier(n_blocks=n_blocks, batch_size=options.batch_size, max_epochs=options.epochs)),
    ]
)
options.out.mkdir(parents=True, exist_ok=True)
common = {"speaker": corpus.speaker, "text": corpus.text, "n_jobs": options.n_jobs}


def show(title, report, name):
    """Print a table and save it."""
    print(f"\n===== {title} =====\n{report}", flush=True)
    report.to_json(options.out / f"{name}.json")


def save(figure, name):
    """Save a picture."""
    figure.savefig(options.out / f"{name}.png", dpi=90)
    plt.close(figure)


# ---- Table 1: the same clips under four protocols -------------------------------------------------------------------

for protocol in ("last-epoch", "best-epoch", "speaker", "speaker+text"):
    report = evaluate(pipe, corpus.data, corpus.target, protocol=protocol, n_splits=options.folds, **common)
    show(f"Table 1, protocol {protocol}", report, f"table1_{protocol}")
    if options.root:
        print(report.compare("EMODB"))

    # ---- Fig. 2, and the confusion matrix of the same folds ---------------------------------------------------------
    figure, axes = plt.subplots(1, 3, figsize=(15, 4.2), layout="constrained")
    plot_learning_curves(report, "accuracy", ax=axes[0])
    plot_learning_curves(report, "loss", ax=axes[1])
    plot_confusion_matrix(report, ax=axes[2])
    save(figure, f"fig2_{protocol}")

# ---- Table 3: what each part is worth -------------------------------------------------------------------------------

report = ablations(pipe, corpus.data, corpus.target, n_splits=3, **common)
show("Table 3, three folds", report, "table3")
print(report.compare())

# ---- Table 2: from one corpus to another ----------------------------------------------------------------------------

other = synthetic if options.root else make_emotional_speech(random_state=1)
pair = {"here": corpus, "there": other}
report = cross_corpus(pipe, pair, seeds=range(2), n_jobs=options.n_jobs)
show("Table 2, two seeds, this corpus and synthetic speech", report, "table2")

# ---- Fig. 3: embeddings of held-out clips ---------------------------------------------------------------------------

train, test, y_train, y_test = train_test_split(
    corpus.data, corpus.target, test_size=0.2, stratify=corpus.target, random_state=0
)
figure, axes = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")
for network, ax in zip((TCNClassifier, TIMNetClassifier), axes, strict=True):
    classifier = network(n_blocks=n_blocks, batch_size=options.batch_size, max_epochs=options.epochs, random_state=0)
    fitted = Pipeline([("mfcc", clone(pipe["mfcc"])), ("net", classifier)]).fit(train, y_train)
    plot_embedding(fitted, test, y_test, random_state=0, ax=ax)
save(figure, "fig3")

# ---- what the last network listened to ------------------------------------------------------------------------------

figure, ax = plt.subplots(figsize=(9, 4.5), layout="constrained")
plot_attention(fitted, test[0], ax=ax)
save(figure, "attention")
