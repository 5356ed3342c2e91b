"""What contributors are told agrees: Pythons, versions, commands and files."""

import configparser
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from sktimnet import __version__

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def read_yaml(name):
    """Read a YAML file of the repository."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_the_pythons_that_the_package_declares_are_those_that_the_workflow_tests():
    matrix = read_yaml(".github/workflows/tests.yml")["jobs"]["tests"]["strategy"]["matrix"]
    tested = {*matrix["python"], *(job["python"] for job in matrix["include"])}
    prefix = "Programming Language :: Python :: 3."
    declared = [name.removeprefix(prefix) for name in PROJECT["classifiers"] if name.startswith(prefix)]
    assert sorted(tested) == [f"3.{minor}" for minor in declared]
    assert PROJECT["requires-python"] == f">={min(tested)}"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_runs_environments_that_tox_has(workflow):
    tox = configparser.ConfigParser()
    tox.read(ROOT / "tox.ini")
    text = workflow.read_text(encoding="utf-8")
    named = re.findall(r"tox -e (\w+)|environment: \[?(\w+)\]? \}?$", text, flags=re.MULTILINE)
    assert {name for names in named for name in names if name} - {"py"} <= {
        section.removeprefix("testenv:") for section in tox.sections()
    }


def test_files_that_contributors_are_pointed_to_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    text = re.sub(r"https://\S+", "", text.replace("https://github.com/sktimnet/sktimnet/blob/main/", ""))
    named = re.findall(r"[\w.-]+/[\w./-]+\.(?:py|md|yml)|[A-Z_]+\.(?:md|cff)|sktimnet/\w+/?", text)
    assert {"tests/saved/make.py", "CHANGELOG.md", ".github/workflows/wheels.yml"} < set(named)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_citation_is_of_this_version():
    assert read_yaml("CITATION.cff")["version"] == __version__


def test_commits_are_checked_by_the_ruff_that_is_pinned():
    revisions = {repo["repo"]: repo["rev"] for repo in read_yaml(".pre-commit-config.yaml")["repos"]}
    revision = revisions["https://github.com/astral-sh/ruff-pre-commit"]
    assert f"ruff=={revision.removeprefix('v')}" in (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
