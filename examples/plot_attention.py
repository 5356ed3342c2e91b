"""Show when a network listens, and on which time scales it decides.

Each temporal-aware block of TIM-Net weighs every frame of a clip with an attention map. We train a small network on
synthetic speech and look at what it does with a new speaker: the maps lie below the clip's waveform,
and the fusion weights tell which of the blocks, and so which time scales, the decision rests on.
"""

import matplotlib.pyplot as plt
from sklearn.pipeline import make_pipeline

from sktimnet import MFCCTransformer, TIMNetClassifier
from sktimnet.datasets import make_emotional_speech
from sktimnet.plotting import plot_attention, plot_fusion_weights

corpus = make_emotional_speech(n_speakers=5, n_texts=4, emotions=("angry", "happy", "neutral", "sad"), random_state=0)
unheard = corpus.speaker == "s05"

# 320 steps: batch normalisation needs many before its running statistics can be trusted.
timnet = TIMNetClassifier(n_blocks=5, batch_size=8, max_epochs=40, random_state=0)
pipeline = make_pipeline(MFCCTransformer(), timnet)
pipeline.fit(corpus.data[~unheard], corpus.target[~unheard])
print(f"WAR on the unheard speaker: {pipeline.score(corpus.data[unheard], corpus.target[unheard]):.1%}")

figure, (above, below) = plt.subplots(2, 1, figsize=(8, 8), height_ratios=(2, 1), layout="constrained")
plot_attention(pipeline, corpus.data[unheard & (corpus.target == "angry")][0], ax=above)
plot_fusion_weights(pipeline, ax=below)
figure.savefig("plot_attention.png", dpi=100)
