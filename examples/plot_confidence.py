"""
Answer only when sure
=====================

A classifier gives a label to every recording, even where it guesses. This example measures how far its probabilities
can be relied on, chooses the confidence from which on it answers, and finds recordings that should get no answer at
all.
"""

# %%
# Probabilities for new speakers
# ------------------------------
# Eighteen synthetic speakers say two texts in each of four emotions. Six of the speakers stay apart: their clips are
# the new ones. A report of the other twelve, three held out at a time, has the probabilities that speakers get whom the
# model does not know. To be quick, the recipe does without the changed copies of clips that it usually trains on too
# (``augmentation=()``).

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sktimnet.datasets import make_emotional_speech
from sktimnet.model_selection import evaluate
from sktimnet.plotting import plot_coverage, plot_reliability
from sktimnet.recipes import make_recipe
from sktimnet.speech import SpeechDetector

emotions = ("angry", "happy", "neutral", "sad")
corpus = make_emotional_speech(n_speakers=18, n_texts=2, emotions=emotions, random_state=0)
clips = [(waveform, corpus.sr) for waveform in corpus.data]
train = np.flatnonzero(corpus.speaker <= "s12")
new = np.flatnonzero(corpus.speaker > "s12")
X, y, speaker = [clips[i] for i in train], corpus.target[train], corpus.speaker[train]
X_new, y_new = [clips[i] for i in new], corpus.target[new]

recipe = make_recipe("linear", random_state=0).set_params(augmentation=())
report = evaluate(recipe, X, y, speaker=speaker, protocol="speaker", n_splits=4)
print(f"UAR {report.scores['UAR'].pooled:.1%}")

# %%
# Are the probabilities right?
# ----------------------------
# The confidence of an answer is the probability of its label. Each disc is a bin of clips with similar confidence. On
# the dashed line, as many answers are right as their confidence says; below it the model is too confident. From a
# confidence of 60 % on the discs lie near the line; the three below stray from it.

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
plot_reliability(report, ax=ax)
plt.show()

# %%
# Accuracy of the most confident answers
# --------------------------------------
# If only the most confident clips are answered, more of the answers are right. The 40 % of the clips with the highest
# confidence are all answered rightly here; of all clips it is 71 %.

figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
plot_coverage(report, ax=ax)
plt.show()

# %%
# Choose a threshold
# ------------------
# :meth:`~sktimnet.model_selection.Report.threshold` returns the lowest confidence from which on a share of the answers
# is right, here 90 %, and the share of the clips that have it.

threshold = report.threshold(accuracy=0.9)
pd.Series(threshold._asdict()).round(2)

# %%
# Apply it to new clips
# ---------------------
# The model is trained on all twelve speakers and answers the clips of the other six. Those with less confidence get
# "not sure": most of the happy clips, and almost none of the sad ones.

model = recipe.fit(X, y)
probabilities = model.predict_proba(X_new)
sure = probabilities.max(axis=1) >= threshold.confidence
answers = np.where(sure, model.predict(X_new), "not sure")
pd.crosstab(y_new, answers, rownames=["true"], colnames=["answer"])

# %%
# Of the answers that are given, more are right than without a threshold. The threshold was chosen on few clips of other
# speakers: expect to miss the 90 % by some points in either direction.

print(f"answered: {sure.mean():.0%} of the new clips")
print(f"right: {(answers == y_new)[sure].mean():.0%} of these answers")
print(f"right without a threshold: {model.score(X_new, y_new):.0%}")

# %%
# No speech, and speech unlike the training clips
# -----------------------------------------------
# Confidence compares the labels with each other; it does not tell whether there is anything to label. Mains hum is
# "sad" to this model, and a neutral clip at twice its speed is "angry", with more confidence than the clip itself gets.
# :class:`~sktimnet.speech.SpeechDetector` returns which share of a recording is voiced speech, 0 where there is none.
# ``is_outlier`` tells which clips are unlike those of the training. ``sktimnet predict`` and
# :func:`~sktimnet.timeline.timeline` check both.

waveform, sr = X_new[np.flatnonzero(y_new == "neutral")[2]]
seconds = np.arange(len(waveform)) / sr
others = {
    "neutral speech": waveform,
    "hum": 0.1 * np.sin(2 * np.pi * 50 * seconds),
    "neutral speech, twice as fast": waveform[::2],
}
odd = [(sound, sr) for sound in others.values()]
pd.DataFrame(
    {
        "label": model.predict(odd),
        "confidence": model.predict_proba(odd).max(axis=1).round(2),
        "speech": [round(SpeechDetector().share(*clip), 2) for clip in odd],
        "unlike training clips": model.is_outlier(odd),
    },
    index=list(others),
)
