"""
Embeddings of two networks
==========================

The last layer of a network decides by the embedding of a clip. This example lays out the embeddings of held-out clips
in the plane, for TIM-Net and for the paper's baseline, a temporal convolutional network (the paper's Fig. 3).
"""

# %%
# Features
# --------
# A frame every 25 ms will do here. All clips are of one length, so the features of the training clips do not depend on
# the test clips. One of five clips is kept for the test.

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from sktimnet import MFCCTransformer, TCNClassifier, TIMNetClassifier
from sktimnet.datasets import make_emotional_speech
from sktimnet.plotting import plot_embedding

emotions = ("angry", "happy", "neutral", "sad")
corpus = make_emotional_speech(n_speakers=6, n_texts=7, emotions=emotions, random_state=0)
mfcc = MFCCTransformer(hop_length=0.025).fit_transform(corpus.data)
X_train, X_test, y_train, y_test = train_test_split(
    mfcc, corpus.target, test_size=0.2, stratify=corpus.target, random_state=0
)

# %%
# Embeddings
# ----------
# Both networks are trained on the same clips. t-SNE places clips with similar embeddings beside each other; it does not
# know the emotions, which are the colours. The clearer the groups, the less is left to do for the last layer: with
# TIM-Net the happy clips lie apart from the angry and the neutral ones, with the baseline they do not. One of the 34
# test clips is 3 points of WAR, so the picture is the point here, not the score.

figure, axes = plt.subplots(1, 2, figsize=(7, 3.5), layout="constrained")
for network, ax in zip((TCNClassifier, TIMNetClassifier), axes, strict=True):
    classifier = network(n_blocks=5, batch_size=4, max_epochs=20, random_state=0)
    classifier.fit(X_train, y_train)
    plot_embedding(classifier, X_test, y_test, perplexity=10, random_state=0, ax=ax)
axes[0].get_legend().remove()
plt.show()
