"""Memory that a training step frees: kept for the next step, and given back after training."""

import platform
from pathlib import Path

import pytest
import torch

from sktimnet.training._memory import freed_memory_kept

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs glibc")
TAKEN = 10 * 16  # MiB


def step():
    """Take ten blocks of 16 MiB, write to them, and free them."""
    for block in [torch.empty(2**24, dtype=torch.uint8) for _ in range(10)]:
        block.fill_(1)


def held():
    """Return the resident memory of this process in MiB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20


def test_memory_that_a_step_frees_stays_for_the_next_one():
    before = held()
    with freed_memory_kept():
        step()
        assert held() > before + 0.9 * TAKEN


def test_free_memory_goes_back_to_the_system_after_training():
    before = held()
    with freed_memory_kept():
        step()
    assert held() < before + 0.1 * TAKEN


def test_it_goes_back_after_a_training_that_failed_too():
    before = held()
    with pytest.raises(KeyboardInterrupt), freed_memory_kept():
        step()
        raise KeyboardInterrupt
    assert held() < before + 0.1 * TAKEN
