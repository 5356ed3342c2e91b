"""
Save a model and use it elsewhere
=================================

A model is trained once and answers in other programs. This example writes one model to three kinds of files, loads each
of them again, and compares the probabilities with those of the model that was trained.
"""

# %%
# Train
# -----
# TIM-Net on MFCCs can be written to all three kinds. The corpus is small and the training short, since only the files
# matter here. A third speaker's clips are the new ones.

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
import matplotlib.pyplot as plt
import numpy as np
import onnxruntime
import pandas as pd
from sklearn.pipeline import make_pipeline

from sktimnet import MFCCTransformer, TIMNetClassifier, persistence
from sktimnet.datasets import make_emotional_speech
from sktimnet.export import export

emotions = ("angry", "neutral", "sad")
corpus = make_emotional_speech(n_speakers=3, n_texts=3, emotions=emotions, random_state=0)
new = corpus.data[corpus.speaker == "s03"]
known = corpus.speaker != "s03"

network = TIMNetClassifier(n_blocks=4, batch_size=8, max_epochs=20, batch_norm_momentum=0.1, random_state=0)
model = make_pipeline(MFCCTransformer(), network).fit(corpus.data[known], corpus.target[known])
probabilities = model.predict_proba(new)

# %%
# joblib: for yourself
# --------------------
# :func:`joblib.dump` keeps any classifier whole, to go on training too. Opening such a file runs code that is in it, so
# open only what you trust.

temporary = TemporaryDirectory()
folder = Path(temporary.name)

joblib.dump(model, folder / "model.joblib")
loaded = joblib.load(folder / "model.joblib")
found = {"model.joblib": loaded.predict_proba(new)}

# %%
# A safe file: for anybody
# ------------------------
# :func:`sktimnet.persistence.save` writes what prediction needs as plain numbers and text, and
# :func:`sktimnet.persistence.load` runs nothing that the file holds. It takes the networks, pipelines of this package's
# transformers, and all recipes.

persistence.save(model, folder / "model.safetensors")
loaded = persistence.load(folder / "model.safetensors")
found["model.safetensors"] = loaded.predict_proba(new)

# %%
# ONNX: for programs without Python
# ---------------------------------
# :func:`sktimnet.export.export` writes features and network as one model from waveform to probabilities, which
# onnxruntime runs on servers, phones and in browsers. Its metadata has the labels, and the sampling rate that the
# waveforms must have. It needs the extra ``onnx``.

export(model, folder / "model.onnx")
session = onnxruntime.InferenceSession(folder / "model.onnx")
(found["model.onnx"],) = session.run(None, {"waveform": new})
metadata = session.get_modelmeta().custom_metadata_map
print(json.loads(metadata["labels"]), json.loads(metadata["sr"]))

# %%
# The same probabilities
# ----------------------
# The first two files give the probabilities of the trained model bit for bit. ONNX adds floating-point numbers in
# another order, so that its probabilities may differ in the last digits.

table = pd.DataFrame(index=list(found))
table["kB"] = [round((folder / name).stat().st_size / 1000) for name in found]
table["largest difference"] = [np.abs(values - probabilities).max() for values in found.values()]
table

# %%
# Each mark is the probability of one label for one of the new clips. All lie on the diagonal.

figure, ax = plt.subplots(figsize=(5, 4), layout="constrained")
for (name, values), marker in zip(found.items(), "o+x", strict=True):
    ax.scatter(probabilities, values, s=60, marker=marker, alpha=0.6, label=name)
ax.set(xlabel="probability before saving", ylabel="probability after loading")
ax.legend()
plt.show()

# %%
# The files were for this example only.

temporary.cleanup()
