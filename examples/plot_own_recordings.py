"""
Train on your own recordings
============================

You have recordings whose emotion you know, and others whose emotion you want to know. This example loads the first kind
from one folder for each label, trains a classifier on them, and predicts the emotions of the others with their
probabilities.
"""

# %%
# One folder for each label
# -------------------------
# Put each recording into the folder of its label: ``recordings/angry/1.wav``, ``recordings/sad/b.flac``. Here synthetic
# speech of eight speakers takes the place of your recordings. Those of the last speaker stay apart: they are the new
# recordings of which you want to know the emotion.

from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import pandas as pd
import soundfile
from sklearn.metrics import ConfusionMatrixDisplay

from sktimnet.datasets import audio_files, load_folder, make_emotional_speech
from sktimnet.recipes import make_recipe

emotions = ("angry", "happy", "neutral", "sad")
speech = make_emotional_speech(n_speakers=8, n_texts=3, emotions=emotions, random_state=0)
temporary = TemporaryDirectory()
folder = Path(temporary.name)
for i, waveform in enumerate(speech.data):
    label, speaker, text = speech.target[i], speech.speaker[i], speech.text[i]
    if speaker == "s08":
        path = folder / "new" / f"{text}_{label}.wav"
    else:
        path = folder / "recordings" / label / f"{speaker}_{text}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, waveform, speech.sr)

# %%
# :func:`~sktimnet.datasets.load_folder` finds the recordings, whatever formats and sampling rates they have. ``data``
# holds their paths and ``target`` their labels.

corpus = load_folder(folder / "recordings")
pd.Series(corpus.target, name="recordings").value_counts()

# %%
# Train
# -----
# :func:`~sktimnet.recipes.make_recipe` makes a whole classifier of recordings, from decoding to probabilities. The
# recipe "robust" is the one to begin with: it is made for speakers who are not among the training recordings.

model = make_recipe("robust", random_state=0).fit(corpus.data, corpus.target)
list(model.classes_)

# %%
# Predict
# -------
# ``predict`` takes a list of paths and returns a label for each. Beside it, ``predict_proba`` tells how probable each
# label is; its columns are in the order of ``classes_``.

new = audio_files(folder / "new")
predicted = model.predict(new)
names = [Path(path).name for path in new]
table = pd.DataFrame(model.predict_proba(new), columns=model.classes_, index=names)
table.round(2).assign(predicted=predicted)

# %%
# The names of these files tell what the emotion is. Most answers are right; two happy recordings are taken for neutral.
# Twelve recordings of one speaker are too few for a score: :doc:`plot_new_speakers` shows how to get one.

true = [name.removesuffix(".wav").split("_")[1] for name in names]
figure, ax = plt.subplots(figsize=(5, 4), layout="constrained")
ConfusionMatrixDisplay.from_predictions(true, predicted, ax=ax, cmap="Blues", colorbar=False)
plt.show()

# %%
# A bad file
# ----------
# A file that cannot be read raises an error, which names the file and what is wrong with it. If several are bad, it
# names all of them, before anything is predicted. Take them out of the list, or use ``sktimnet predict`` in a shell,
# which answers the others and names the bad ones in the end.

(folder / "new" / "broken.wav").write_bytes(b"The download was interrupted.")
(folder / "new" / "empty.wav").touch()
try:
    model.predict(audio_files(folder / "new"))
except ValueError as error:
    print(str(error).replace(f"{folder}/", ""))

# %%
# The recordings were for this example only.

temporary.cleanup()
