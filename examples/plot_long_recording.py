"""
Follow a long recording
=======================

A call or an interview has more than one emotion, and pauses. This example classifies a recording window by window,
joins neighbouring windows with the same label, and draws the probabilities over time.
"""

# %%
# A call of about a minute
# ------------------------
# Six synthetic speakers say six texts of two seconds each. One of them is the caller, whom the model will not know. She
# is neutral at first, then angry, and sad in the end; in between she is silent for eight seconds each time.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from sktimnet.datasets import make_emotional_speech
from sktimnet.plotting import plot_timeline
from sktimnet.recipes import make_recipe
from sktimnet.timeline import timeline

emotions = ("angry", "neutral", "sad")
corpus = make_emotional_speech(6, 6, emotions, duration=2.0, random_state=0)
sr, caller = corpus.sr, corpus.speaker == "s05"
said = {emotion: corpus.data[caller & (corpus.target == emotion)].ravel() for emotion in emotions}
pause = np.zeros(8 * sr)
call = np.concatenate([said["neutral"], pause, said["angry"], pause, said["sad"]])
print(f"{len(call) / sr:.0f} seconds")

# %%
# Train on the other speakers
# ---------------------------
# Any classifier of recordings with ``predict_proba`` will do. This one is a recipe with logistic regression, trained on
# three minutes of speech.

clips = [(waveform, sr) for waveform in corpus.data[~caller]]
model = make_recipe("linear", random_state=0).fit(clips, corpus.target[~caller])

# %%
# Answer window by window
# -----------------------
# :func:`~sktimnet.timeline.timeline` takes a path, or a waveform with its rate. The windows are as long as the clips
# that the model was trained on, and a new one begins each second. There is no label where nobody speaks, and none where
# a window is unlike the training clips.

found = timeline(model, (call, sr), window=2.0, hop=1.0)
found.to_frame().round(2).iloc[7:14]

# %%
# Segments
# --------
# ``segments`` averages the windows where they overlap, and joins neighbouring parts with the same label. Two seconds of
# the neutral part are taken for angry; all other labels are right. Parts at the edge of a pause are unlike the training
# clips and get no label. ``overall`` gives one answer for the whole; ``to_csv``, ``to_json`` and ``to_audacity`` write
# files.

pd.DataFrame([segment.to_dict(found.classes) for segment in found.segments()]).round(2)

# %%
# Draw it
# -------
# :func:`~sktimnet.plotting.plot_timeline` stacks the probabilities of the labels. The black lines, and the names above
# them, are the parts in which the caller speaks.

figure, ax = plt.subplots(figsize=(7, 3), layout="constrained")
plot_timeline(found, ax=ax)
for name, start, end in (("neutral", 0, 12), ("angry", 20, 32), ("sad", 40, 52)):
    ax.vlines([start, end], 0, 1, color="black")
    ax.text((start + end) / 2, 1.02, name, ha="center")
plt.show()
