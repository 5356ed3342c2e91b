"""
Test on new speakers
====================

A score holds for the people it was measured on. This example tests one recipe on speakers of its training set, then on
speakers who are not in it, and then tells it which recordings are of the same speaker.
"""

# %%
# A table of recordings
# ---------------------
# To hold speakers out, you have to know who speaks. A CSV file with the columns ``path``, ``label`` and ``speaker``
# says so; ``text``, which may be left out, says what is said. Here the recordings are synthetic: eight speakers say
# three texts in each of four emotions.

from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import pandas as pd
import soundfile

from sktimnet.datasets import load_table, make_emotional_speech
from sktimnet.model_selection import evaluate
from sktimnet.recipes import make_recipe
from sktimnet.speakers import with_speakers

emotions = ("angry", "happy", "neutral", "sad")
speech = make_emotional_speech(n_speakers=8, n_texts=3, emotions=emotions, random_state=0)
table = pd.DataFrame({"label": speech.target, "speaker": speech.speaker, "text": speech.text})
table["path"] = "wav/" + table["speaker"] + "/" + table["text"] + "_" + table["label"] + ".wav"

temporary = TemporaryDirectory()
folder = Path(temporary.name)
for path, clip in zip(table["path"], speech.data, strict=True):
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(folder / path, clip, speech.sr)
table.to_csv(folder / "recordings.csv", index=False)

corpus = load_table(folder / "recordings.csv")
table.head(3)

# %%
# Known speakers
# --------------
# :func:`~sktimnet.model_selection.evaluate` cross-validates a classifier and returns a report. The protocol
# "last-epoch" makes stratified folds of recordings, as most published scores do. Its report has an audit, which says
# what training and test recordings share: here all speakers and all texts. With ``memory`` the features of each file
# are computed once for all that follows.

recipe = make_recipe("robust", random_state=0, memory=folder / "features")
who = {"speaker": corpus.speaker, "text": corpus.text, "n_splits": 4}
known = evaluate(recipe, corpus.data, corpus.target, protocol="last-epoch", **who)
print(*known.audit, sep="\n")

# %%
# New speakers
# ------------
# The protocol "speaker" holds whole speakers out, two of the eight in each of the four folds. Its score is the one to
# expect for people who are not in your corpus.

new = evaluate(recipe, corpus.data, corpus.target, protocol="speaker", **who)
print(*new.audit, sep="\n")

# %%
# Which recordings are of the same speaker
# ----------------------------------------
# One person's neutral voice may be as high and as loud as another's angry voice.
# :func:`~sktimnet.speakers.with_speakers` puts the speakers' names beside the recordings, and the recipe then takes
# each recording relative to the others of its speaker. The speakers in the test folds are new as before, and their
# labels are not used. It takes at least ten recordings of a speaker that are predicted together.

named_clips = with_speakers(corpus.data, corpus.speaker)
named = evaluate(recipe, named_clips, corpus.target, protocol="speaker", **who)
print(*named.audit, sep="\n")

# %%
# Compare the scores
# ------------------
# UAR is the mean recall of the classes. It is lower on new speakers than on known ones, and highest on new speakers
# whose recordings are taken together. On recorded speech the loss on new speakers is larger than on this synthetic
# speech, so take the protocol "speaker" wherever a model is meant for people whom you have no recordings of.

reports = {"known speakers": known, "new speakers": new, "new speakers, named": named}
scores = pd.DataFrame([report.scores["UAR"] for report in reports.values()], index=list(reports))
(100 * scores).round(1)

# %%
# The intervals of the first two overlap: eight speakers are too few to tell how much easier known speakers are. For
# known speakers the interval is over recordings, for new ones it is over speakers.

figure, ax = plt.subplots(figsize=(7, 2.5), layout="constrained")
errors = [scores["pooled"] - scores["low"], scores["high"] - scores["pooled"]]
ax.errorbar(scores["pooled"], scores.index, xerr=errors, fmt="o", capsize=4)
ax.axvline(scores["chance"].iloc[0], color="0.4", linestyle="--", label="chance")
ax.set(xlim=(0, 1), ylim=(2.5, -0.5), xlabel="UAR with 95 % interval")
ax.xaxis.set_major_formatter("{x:.0%}")
ax.legend(loc="center left")
plt.show()

# %%
# The two reports of new speakers are of the same folds, so their difference has a paired interval
# (:meth:`~sktimnet.model_selection.Report.difference`). It lies above 0: here the names help.

pd.Series(named.difference(new)["UAR"]._asdict()).round(3)

# %%
# The recordings were for this example only.

temporary.cleanup()
