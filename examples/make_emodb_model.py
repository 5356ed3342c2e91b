"""Train the model that ships with the package, ``sktimnet.pretrained.load_model("emodb")``, on the whole of EMODB.

The file has the same bits each time on the same machine with the same versions::

    python examples/make_emodb_model.py path/to/emodb

``--evaluate`` prints the scores of its model card in place of that: each speaker held out in turn, with the names of
speakers and without (6 minutes)::

    python examples/make_emodb_model.py path/to/emodb --evaluate
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from threadpoolctl import threadpool_limits

import sktimnet
from sktimnet import persistence
from sktimnet.datasets import load_emodb
from sktimnet.model_selection import evaluate
from sktimnet.recipes import make_recipe
from sktimnet.speakers import with_speakers

SHIPPED = Path(sktimnet.__file__).parent / "models" / "emodb.safetensors"


def train(root, out):
    """Train on all clips, with the names of speakers, and save."""
    corpus = load_emodb(root)
    model = make_recipe("linear", random_state=0)
    with threadpool_limits(1):  # sums of several threads are added in another order
        model.fit(with_speakers(corpus.data, corpus.speaker), corpus.target)
    persistence.save(model.forget_speakers(), out)  # without their scales, which are larger than all the rest
    print(f"{len(corpus.data)} clips of {len(np.unique(corpus.speaker))} speakers; {out}: {out.stat().st_size:,} bytes")


def score(root):
    """Print scores of speakers that are held out, and the share of their clips that is unlike the training clips."""
    corpus = load_emodb(root)
    with TemporaryDirectory() as cache:
        model = make_recipe("linear", random_state=0, memory=cache)
        named = with_speakers(corpus.data, corpus.speaker)
        for what, clips in (("names known", named), ("each clip alone", corpus.data)):
            report = evaluate(
                model, clips, corpus.target, speaker=corpus.speaker, protocol="speaker", n_splits=None, verbose=1
            )
            print(what, report, sep="\n", flush=True)
        outlier = np.zeros(len(named), dtype=bool)
        for name in np.unique(corpus.speaker):
            own = corpus.speaker == name
            outlier[own] = model.fit(named[~own], corpus.target[~own]).is_outlier(named[own])
        print(f"unlike the training clips: {outlier.mean():.1%} of clips of held-out speakers")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("emodb", help="the directory of EMODB")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="default: the file in the package")
    parser.add_argument("--evaluate", action="store_true", help="print scores, and train nothing to keep")
    options = parser.parse_args()
    score(options.emodb) if options.evaluate else train(options.emodb, options.out)
