"""Show how far apart a network puts the emotions, beside the paper's baseline (Fig. 3).

On synthetic speech, TIM-Net and its baseline, a temporal convolutional network, are trained on the same 80 % of the
clips. Their embeddings of the other 20 % are laid out in the plane by t-SNE. The clearer the groups, the less is left
to do for the last layer. (One of the 34 test clips is 3 points of WAR: the picture, not the score, is the point here.)
"""

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from sktimnet import MFCCTransformer, TCNClassifier, TIMNetClassifier
from sktimnet.datasets import make_emotional_speech
from sktimnet.plotting import plot_embedding

corpus = make_emotional_speech(n_speakers=6, n_texts=7, emotions=("angry", "happy", "neutral", "sad"), random_state=0)
# A frame every 25 ms will do here. All clips have one length, so that the test clips have no say in their features.
mfcc = MFCCTransformer(hop_length=0.025).fit_transform(corpus.data)
X_train, X_test, y_train, y_test = train_test_split(
    mfcc, corpus.target, test_size=0.2, stratify=corpus.target, random_state=0
)

figure, axes = plt.subplots(1, 2, figsize=(8, 3.5), layout="constrained")
for network, ax in zip((TCNClassifier, TIMNetClassifier), axes, strict=True):
    classifier = network(n_blocks=5, batch_size=4, max_epochs=20, random_state=0).fit(X_train, y_train)
    plot_embedding(classifier, X_test, y_test, perplexity=10, random_state=0, ax=ax)
figure.savefig("plot_embedding.png", dpi=100)
