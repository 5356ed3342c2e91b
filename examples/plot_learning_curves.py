"""Show whether a training was long enough, and which emotions were taken for which (Fig. 2).

``evaluate`` keeps accuracy and loss of every epoch, on the training and the test clips of each fold: if the test curve
still climbs, train longer. The confusion matrix belongs to the same report. Test folds are only watched here: they are
neither trained on nor used to choose an epoch.
"""

import matplotlib.pyplot as plt
from sklearn.pipeline import make_pipeline

from sktimnet import MFCCTransformer, TIMNetClassifier
from sktimnet.datasets import make_emotional_speech
from sktimnet.model_selection import evaluate
from sktimnet.plotting import plot_confusion_matrix, plot_learning_curves

corpus = make_emotional_speech(n_speakers=5, n_texts=6, emotions=("angry", "happy", "neutral", "sad"), random_state=0)
# A frame every 25 ms and four blocks will do for a demonstration.
pipeline = make_pipeline(MFCCTransformer(hop_length=0.025), TIMNetClassifier(n_blocks=4, batch_size=4, max_epochs=15))
report = evaluate(pipeline, corpus.data, corpus.target, speaker=corpus.speaker, text=corpus.text, n_splits=3)
print(report)

figure, axes = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
plot_learning_curves(report, "accuracy", ax=axes[0])
plot_learning_curves(report, "loss", ax=axes[1])
figure.savefig("plot_learning_curves.png", dpi=100)
plot_confusion_matrix(report).figure.savefig("plot_confusion_matrix.png", dpi=100)
