"""Time that the import of both estimators adds to the import of what it stands on."""

import subprocess
import sys
from statistics import median

MEASURE_IMPORT = """
import time
import sklearn, skorch, torch
start = time.perf_counter()
from sktimnet import MFCCTransformer, TIMNetClassifier
print(time.perf_counter() - start)
"""


def test_import_adds_at_most_0_3_s_to_that_of_torch_scikit_learn_and_skorch():
    commands = [[sys.executable, "-c", MEASURE_IMPORT]] * 7
    seconds = median(
        float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for command in commands
    )
    print(f"\nimport of both estimators, on top of the others  {seconds * 1e3:8.1f} ms")
    assert seconds <= 0.3
