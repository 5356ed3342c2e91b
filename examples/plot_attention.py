"""
Attention and time scales
=========================

Each temporal-aware block of TIM-Net weighs every frame of a clip with an attention map. This example shows the maps
below the clip's waveform, and how much weight each block, and so each time scale, has in the decision.
"""

# %%
# Train
# -----
# Five synthetic speakers say four texts in each of four emotions; the last one is kept for the test. The training has
# 320 steps: batch normalisation needs many before its running statistics can be trusted.

import matplotlib.pyplot as plt
from sklearn.pipeline import make_pipeline

from sktimnet import MFCCTransformer, TIMNetClassifier
from sktimnet.datasets import make_emotional_speech
from sktimnet.plotting import plot_attention, plot_fusion_weights

emotions = ("angry", "happy", "neutral", "sad")
corpus = make_emotional_speech(n_speakers=5, n_texts=4, emotions=emotions, random_state=0)
new = corpus.speaker == "s05"

network = TIMNetClassifier(n_blocks=5, batch_size=8, max_epochs=40, random_state=0)
pipeline = make_pipeline(MFCCTransformer(), network)
pipeline.fit(corpus.data[~new], corpus.target[~new])
print(f"WAR on the new speaker: {pipeline.score(corpus.data[new], corpus.target[new]):.1%}")

# %%
# Attention
# ---------
# Each row is a block, of the forward or of the backward direction. In most of them attention is lower in the silence
# before the speech than in the speech. The first blocks see a few frames at a time, the later ones more.

angry = corpus.data[new & (corpus.target == "angry")]
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
plot_attention(pipeline, angry[0], ax=ax)
plt.show()

# %%
# Time scales
# -----------
# The decision rests on a weighted sum of the blocks' outputs. Here block 4 has the weight of largest size; it sees 31
# frames of one direction, about 0.4 seconds. Only the size of a weight matters here, not its sign: the last layer
# learns signs of its own.

figure, ax = plt.subplots(figsize=(6, 3), layout="constrained")
plot_fusion_weights(pipeline, ax=ax)
plt.show()
