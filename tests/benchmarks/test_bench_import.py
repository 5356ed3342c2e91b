"""Time that the import of both estimators adds to the import of what it stands on."""

import subprocess
import sys

from race import note, report

MEASURE_IMPORT = """
import time
start = time.perf_counter()
import sklearn, skorch, torch
others = time.perf_counter()
from sktimnet import MFCCTransformer, TIMNetClassifier
print(time.perf_counter() - others, others - start)
"""


def test_import_adds_at_most_0_3_s_to_that_of_torch_scikit_learn_and_skorch(benchmark):
    pairs = []

    def run():
        command = [sys.executable, "-c", MEASURE_IMPORT]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        pairs.append(map(float, done.stdout.split()))

    benchmark.pedantic(run, rounds=7)
    result = note(benchmark, pairs)
    report("import of both estimators / of the others", result)
    assert result.ours <= 0.3
