"""
Search for settings
===================

How many blocks should the network have, and how much dropout? This example tries nine settings of TIM-Net with
scikit-learn's grid search, on speakers who are held out, and draws the scores.
"""

# %%
# A pipeline to search
# --------------------
# :class:`~sktimnet.MFCCTransformer` computes features, and :class:`~sktimnet.TIMNetClassifier` trains the network on
# them. ``n_blocks`` is the number of its temporal-aware blocks (TABs); each further one sees about twice as much of the
# clip. To be quick, there are few clips and ten epochs, with a higher learning rate than usual: scores are lower than
# they could be.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import GridSearchCV, GroupKFold
from sklearn.pipeline import Pipeline

from sktimnet import MFCCTransformer, TIMNetClassifier
from sktimnet.datasets import make_emotional_speech

emotions = ("angry", "happy", "neutral", "sad")
corpus = make_emotional_speech(n_speakers=6, n_texts=4, emotions=emotions, random_state=0)
network = TIMNetClassifier(
    lr=0.01,
    schedule="one-cycle",
    batch_norm_momentum=0.1,
    batch_size=8,
    max_epochs=10,
    random_state=0,
)
pipeline = Pipeline([("mfcc", MFCCTransformer(hop_length=0.025)), ("timnet", network)])

# %%
# Search on held-out speakers
# ---------------------------
# ``GroupKFold`` holds two of the six speakers out in each of three folds. The groups are given to ``fit``. The measure
# is UAR, which scikit-learn calls "balanced_accuracy".

grid = {"timnet__n_blocks": [1, 3, 5], "timnet__dropout": [0.0, 0.1, 0.3]}
search = GridSearchCV(pipeline, grid, scoring="balanced_accuracy", cv=GroupKFold(3))
search.fit(corpus.data, corpus.target, groups=corpus.speaker)
search.best_params_

# %%
# The scores
# ----------
# Each cell has the mean and the standard deviation of three folds.

axes = {"index": "param_timnet__dropout", "columns": "param_timnet__n_blocks"}
results = pd.DataFrame(search.cv_results_)
mean = results.pivot(values="mean_test_score", **axes)
sd = results.pivot(values="std_test_score", **axes)

figure, ax = plt.subplots(figsize=(5.5, 4), layout="constrained")
image = ax.imshow(mean)
for (row, column), score in np.ndenumerate(mean):
    text = f"{score:.1%}\n± {100 * sd.iloc[row, column]:.1f}"
    ax.text(column, row, text, ha="center", va="center", backgroundcolor="white")
ax.set_xticks(range(len(mean.columns)), mean.columns)
ax.set_yticks(range(len(mean.index)), mean.index)
ax.set(xlabel="blocks (TAB count)", ylabel="dropout")
figure.colorbar(image, label="UAR on held-out speakers", format="{x:.1%}")
plt.show()

# %%
# With a single block the scores are lower in each row. Three and five blocks differ by less than the standard deviation
# of the folds: the search does not tell which is better. Dropout costs here, where the training is short; it need not
# elsewhere.
#
# The best of nine scores is optimistic, since it was chosen on the folds that it is measured on. To score the search as
# a whole on speakers that it did not choose by, give it to :func:`~sktimnet.model_selection.evaluate` with
# ``protocol="speaker"``, which passes the groups on.
