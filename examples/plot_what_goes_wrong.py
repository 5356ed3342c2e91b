"""
What goes wrong
===============

Five causes of scores that do not hold in use, each shown on embedded speech with a small TIM-Net, and what removes
each. The emotions of this speech are rules of pitch, loudness and pace: its scores prove nothing about people.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit
from sklearn.pipeline import make_pipeline

from sktimnet import MFCCTransformer, TIMNetClassifier
from sktimnet.datasets import make_emotional_speech
from sktimnet.model_selection import evaluate
from sktimnet.plotting import plot_learning_curves

QUICK = {"schedule": "one-cycle", "batch_norm_momentum": 0.1, "max_epochs": 15}  # short trainings that do predict


def small(framing=None, **training):
    """Make a small TIM-Net behind its front end, with a frame every 25 ms."""
    mfcc = MFCCTransformer(**{"clip_length": 2.0, "hop_length": 0.025} | (framing or {}))
    return make_pipeline(mfcc, TIMNetClassifier(n_blocks=4, batch_size=8, random_state=0, **QUICK | training))


corpus = make_emotional_speech(n_speakers=6, n_texts=5, emotions=("angry", "neutral", "sad"), random_state=0)
X, y, speaker = corpus.data, corpus.target, corpus.speaker
train, test = next(GroupShuffleSplit(1, test_size=2, random_state=0).split(X, y, speaker))

# %%
# Level
# -----
# The same clips at another gain hold the same emotions, but MFCCs hold the level. ``normalize=True`` scales each clip
# to a peak of 1, and no answer depends on the gain any more.
gains = np.arange(-30, 13, 6)
_, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for name, framing in {"normalize=False": {}, "normalize=True": {"normalize": True}}.items():
    fitted = small(framing).fit(X[train], y[train])
    accuracy = [fitted.score([10 ** (gain / 20) * clip for clip in X[test]], y[test]) for gain in gains]
    ax.plot(gains, accuracy, marker="o", label=name)
ax.set(xlabel="gain (dB)", ylabel="accuracy, two new speakers", ylim=(0, 1.05))
ax.legend()
plt.show()

# %%
# Silence around the speech
# -------------------------
# Say that angry clips of the training set begin with a pause, because somebody cut them so. A network learns the pause,
# and answers clips without it differently. ``trim=40`` leaves out what is more than 40 dB below the peak at both ends:
# the training clips are harder to tell apart then, and a pause changes no answer.
pause = np.zeros(int(0.6 * 22_050))
cut = [
    np.concatenate([pause, clip]) if label == "angry" else clip for clip, label in zip(X[train], y[train], strict=True)
]
rows = {}
for name, framing in {"trim=None": {}, "trim=40": {"trim": 40}}.items():
    fitted = small(framing | {"padding": "nan", "clip_length": None}).fit(cut, y[train])
    rows[name] = {
        "all as in training": fitted.score(cut, y[train]),
        "new speakers, no pauses": fitted.score(list(X[test]), y[test]),
        "new speakers, all pauses": fitted.score([np.concatenate([pause, clip]) for clip in X[test]], y[test]),
    }
pd.DataFrame(rows).T.round(2)

# %%
# Few speakers, and leakage
# -------------------------
# Folds of clips have each speaker in training and test. Folds of speakers do not. One training gives two figures: after
# the last epoch, and at the epoch that did best on the test clips, which uses these to choose.
mixed, best = evaluate(small(), X, y, speaker=speaker, n_splits=3, protocol=("last-epoch", "best-epoch"))
new = evaluate(small(), X, y, speaker=speaker, n_splits=3, protocol="speaker")
scores = {
    "speakers in training and test, last epoch": mixed,
    "the same, best epoch on the test clips": best,
    "new speakers, last epoch": new,
}
pd.DataFrame({name: {"UAR": report.scores["UAR"].mean} for name, report in scores.items()}).T.round(3)

# %%
# The audit of each report counts what training and test share.
for line in mixed.audit + new.audit:
    print(line)

# %%
# Undertraining
# -------------
# With the paper's settings, batch normalisation follows the data slowly. The training curve climbs at once, and the
# test curve stays at chance for half of these 40 epochs, at 8 steps each.
slow = evaluate(
    small(schedule="constant", batch_norm_momentum=0.01, max_epochs=40), X, y, speaker=speaker, n_splits=3, folds=[1]
)
_, ax = plt.subplots(figsize=(6, 3), layout="constrained")
plot_learning_curves(slow, "accuracy", ax=ax)
plt.show()
