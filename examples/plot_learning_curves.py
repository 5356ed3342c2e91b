"""
Learning curves and confusions
==============================

A network that is trained for too few epochs could do better, and one that is trained for too many learns its training
clips by heart. This example draws accuracy and loss of each epoch, and which emotions were taken for which (the paper's
Fig. 2).
"""

# %%
# Evaluate a network
# ------------------
# :func:`~sktimnet.model_selection.evaluate` keeps accuracy and loss of every epoch, on the training and the test clips
# of each fold. Test clips are only watched: they are neither trained on nor used to choose an epoch. Few clips, a frame
# every 25 ms and four blocks are enough to show the curves, and too little for high scores.

import matplotlib.pyplot as plt
from sklearn.pipeline import make_pipeline

from sktimnet import MFCCTransformer, TIMNetClassifier
from sktimnet.datasets import make_emotional_speech
from sktimnet.model_selection import evaluate
from sktimnet.plotting import plot_confusion_matrix, plot_learning_curves

emotions = ("angry", "happy", "neutral", "sad")
corpus = make_emotional_speech(n_speakers=5, n_texts=6, emotions=emotions, random_state=0)
network = TIMNetClassifier(n_blocks=4, batch_size=4, max_epochs=15)
pipeline = make_pipeline(MFCCTransformer(hop_length=0.025), network)
who = {"speaker": corpus.speaker, "text": corpus.text}
report = evaluate(pipeline, corpus.data, corpus.target, n_splits=3, **who)
print(report)

# %%
# Learning curves
# ---------------
# Test accuracy still rises in the last epochs: train for longer. The gap to the training accuracy is how far the
# network fits its training clips better than others. The training loss includes label smoothing and dropout, which the
# test loss does not, so the two losses are not to be compared.

figure, axes = plt.subplots(1, 2, figsize=(7, 3.4), layout="constrained")
plot_learning_curves(report, "accuracy", ax=axes[0])
plot_learning_curves(report, "loss", ax=axes[1])
plt.show()

# %%
# Confusions
# ----------
# Each cell has the share of the true class and the number of clips, over all folds. Most mistakes are clips taken for
# happy: angry ones above all, which are spoken as high.

figure, ax = plt.subplots(figsize=(5, 4), layout="constrained")
plot_confusion_matrix(report, ax=ax)
plt.show()
