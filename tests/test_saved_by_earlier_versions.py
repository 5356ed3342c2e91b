"""Files that each released version saved (``tests/saved``) are opened by this one and give the same answers."""

import json
import runpy
import warnings
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.exceptions import InconsistentVersionWarning

from sktimnet import __version__, persistence
from sktimnet.versions import library_versions

SAVED = Path(__file__).parent / "saved"
VERSIONS = sorted(path.stem for path in SAVED.glob("*.json"))
CLIPS = runpy.run_path(str(SAVED / "make.py"))["clips"]()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("suffix", "load"), [("joblib", joblib.load), ("safetensors", persistence.load)], ids=["joblib", "safe"]
)
def test_a_file_of_each_version_loads_predicts_the_same_and_names_other_versions(version, suffix, load):
    answer = json.loads((SAVED / f"{version}.json").read_text())
    if suffix == "joblib" and int(np.__version__[0]) < int(answer["versions"]["numpy"][0]):
        pytest.skip("an older numpy cannot open a newer one's pickles")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        pipeline = load(SAVED / f"{version}.{suffix}")
    np.testing.assert_allclose(pipeline.predict_proba(CLIPS), answer["probabilities"], rtol=0, atol=1e-5)
    ours = [str(w.message) for w in caught if not isinstance(w.message, InconsistentVersionWarning)]
    here = library_versions()
    others = [name for name in ("sktimnet", "scikit-learn", "torch") if answer["versions"][name] != here[name]]
    assert len(ours) == bool(others)
    assert all(name in ours[0] for name in others)


def test_this_version_has_its_files():
    assert __version__ in VERSIONS, "run python tests/saved/make.py and commit what it saves"


def test_a_saved_file_is_small():
    assert all(path.stat().st_size < 100_000 for path in SAVED.iterdir() if path.is_file())
