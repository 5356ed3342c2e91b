"""What every test shares: one torch thread, so that figures do not depend on the machine, and real clips."""

import os
from pathlib import Path

import pytest
import torch

torch.set_num_threads(1)


@pytest.fixture(scope="session")
def emodb_root():
    """Give the directory of real EMODB clips, or skip where ``SKTIMNET_EMODB`` does not name one."""
    root = os.environ.get("SKTIMNET_EMODB")
    if root is None:
        pytest.skip("set SKTIMNET_EMODB to a directory with EMODB clips to run this test")
    return Path(root)
