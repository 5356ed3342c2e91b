"""What tests share: one torch thread, so that figures do not depend on the machine; real clips; an empty directory."""

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


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Work in an empty directory."""
    before = os.getcwd()
    os.chdir(tmp_path_factory.mktemp("elsewhere"))
    yield
    os.chdir(before)
