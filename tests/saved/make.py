"""Save a small fitted pipeline with this version, for the tests of all later ones: ``python tests/saved/make.py``."""

import json
from pathlib import Path

import joblib
import numpy as np
from sklearn.pipeline import Pipeline

from sktimnet import MFCCTransformer, TIMNetClassifier, __version__, persistence
from sktimnet.versions import library_versions

HERE = Path(__file__).parent


def clips():
    """Make nine chirps of three kinds, the same everywhere."""
    t = np.arange(4000) / 22050
    return np.array([np.sin(2 * np.pi * (200 * (1 + i % 3) + 50 * i * t) * t) for i in range(9)], dtype=np.float32)


def save():
    """Save the pipeline as joblib and as a safe file, and what it answers."""
    labels = np.array(["angry", "neutral", "sad"] * 3)
    timnet = TIMNetClassifier(n_blocks=2, n_filters=5, batch_size=3, max_epochs=40, device="cpu", random_state=0)
    pipeline = Pipeline([("mfcc", MFCCTransformer(n_mfcc=8)), ("timnet", timnet)]).fit(clips(), labels)
    joblib.dump(pipeline, HERE / f"{__version__}.joblib")
    persistence.save(pipeline, HERE / f"{__version__}.safetensors")
    answer = {"versions": library_versions(), "probabilities": pipeline.predict_proba(clips()).tolist()}
    (HERE / f"{__version__}.json").write_text(json.dumps(answer, indent=1) + "\n")


if __name__ == "__main__":
    save()
