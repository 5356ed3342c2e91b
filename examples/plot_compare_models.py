"""
Compare models
==============

Is one model better than another, or is the difference chance? This example evaluates three models on the same held-out
speakers, and draws how much better than the first the others are, with paired intervals.
"""

# %%
# Three models
# ------------
# Any scikit-learn classifier of recordings can be compared. Here they are a baseline, logistic regression on statistics
# of MFCCs; TIM-Net with a short training; and the recipe "robust", without the changed copies of clips that it usually
# trains on too, to be quick.

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktimnet import MFCCTransformer, TIMNetClassifier
from sktimnet.datasets import make_emotional_speech
from sktimnet.feature_extraction import FunctionalsTransformer
from sktimnet.model_selection import compare_reports, evaluate
from sktimnet.plotting import plot_comparison
from sktimnet.recipes import make_recipe

mfcc = MFCCTransformer(hop_length=0.025)
network = TIMNetClassifier(
    n_blocks=4,
    lr=0.01,
    schedule="one-cycle",
    batch_norm_momentum=0.1,
    batch_size=8,
    max_epochs=15,
)
models = {
    "logistic": make_pipeline(mfcc, FunctionalsTransformer(), StandardScaler(), LogisticRegression()),
    "TIM-Net": make_pipeline(mfcc, network),
    "robust": make_recipe("robust").set_params(augmentation=()),
}

# %%
# The same folds
# --------------
# Eight synthetic speakers say three texts in each of four emotions. The protocol "speaker" holds two of them out in
# each of four folds, the same for each model, and its seed decides everything random.

emotions = ("angry", "happy", "neutral", "sad")
corpus = make_emotional_speech(n_speakers=8, n_texts=3, emotions=emotions, random_state=0)
clips = [(waveform, corpus.sr) for waveform in corpus.data]
reports = [
    evaluate(model, clips, corpus.target, speaker=corpus.speaker, protocol="speaker", n_splits=4)
    for model in models.values()
]

# %%
# Differences to the first model
# ------------------------------
# :func:`~sktimnet.model_selection.compare_reports` puts the reports side by side. A difference is paired: both models
# answered the same clips, and a speaker who is hard for both does not widen its interval.

comparison = compare_reports(reports, names=models)
columns = ["UAR_pooled", "UAR_difference", "UAR_low", "UAR_high"]
pd.DataFrame(comparison.to_table()).set_index("model")[columns].round(3)

# %%
# Both intervals lie above 0: both models are better than the baseline on these speakers. With eight speakers the
# intervals are too narrow, so read them with care where they come near 0.

figure, ax = plt.subplots(figsize=(7, 3), layout="constrained")
plot_comparison(comparison, ax=ax)
plt.show()

# %%
# Differences to another model
# ----------------------------
# That one model is further above the baseline than another does not mean that it is better than that other.
# :meth:`~sktimnet.model_selection.Report.difference` compares any two reports of the same folds: between "robust" and
# TIM-Net the interval holds 0, so that there may be no difference.

pd.Series(reports[2].difference(reports[1])["UAR"]._asdict()).round(3)
