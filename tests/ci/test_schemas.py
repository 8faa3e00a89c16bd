"""The CI files are what GitHub and GitLab expect, and so are those in the documentation."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ci_files import ACTION, REPOSITORY, TEMPLATE, WORKFLOW, documents
from markdown_blocks import blocks

PAGES = [REPOSITORY / "docs" / name for name in ("ci.md", "submit.md")]
YAML_BLOCKS = [
    block.content
    for page in PAGES
    for block in blocks(page.read_text(encoding="utf-8"))
    if block.language == "yaml"
]


def complaints(schema: str, path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
        + (["--data-transform", "gitlab-ci"] if "gitlab" in schema else [])
        + [str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_the_action_is_one() -> None:
    assert not complaints("vendor.github-actions", ACTION)


@pytest.mark.parametrize("name", ["gate.yml", "leaderboard.yml", "submission.yml"])
def test_the_workflows_are_workflows(name: str) -> None:
    assert not complaints("vendor.github-workflows", WORKFLOW.with_name(name))


def test_the_template_is_one(tmp_path: Path) -> None:
    header, body = TEMPLATE.read_text(encoding="utf-8").split("\n---\n")
    for name, text in (("header.yml", header), ("body.yml", body)):
        part = tmp_path / name
        part.write_text(text, encoding="utf-8")
        assert not complaints("vendor.gitlab-ci", part)


def test_what_the_documentation_shows_is_complete(tmp_path: Path) -> None:
    assert len(YAML_BLOCKS) >= 3
    for number, text in enumerate(YAML_BLOCKS):
        path = tmp_path / f"{number}.yml"
        path.write_text(text, encoding="utf-8")
        (content,) = documents(text)
        schema = "vendor.github-workflows" if "jobs" in content else "vendor.gitlab-ci"
        assert not complaints(schema, path), text


def test_what_the_documentation_gives_is_an_input() -> None:
    """Neither GitHub nor a schema knows whether an action has an input of that name."""
    action = set(documents(ACTION.read_text(encoding="utf-8"))[0]["inputs"])
    workflows = {
        name: set(documents(text)[0]["on"]["workflow_call"]["inputs"])
        for name in ("gate.yml", "submission.yml")
        for text in [WORKFLOW.with_name(name).read_text(encoding="utf-8")]
    }
    template = set(documents(TEMPLATE.read_text(encoding="utf-8"))[0]["spec"]["inputs"])
    assert action < workflows["gate.yml"] | {"timeout-minutes"}
    seen = 0
    for text in YAML_BLOCKS:
        (content,) = documents(text)
        for job in content.get("jobs", {}).values():
            if "nasarena" in job.get("uses", ""):
                name = job["uses"].rpartition("/")[2].partition("@")[0]
                assert set(job["with"]) <= workflows[name]
                seen += 1
            for step in job.get("steps", []):
                if re.search(r"/nasarena@", step.get("uses", "")):
                    assert set(step["with"]) <= action
                    seen += 1
        for include in content.get("include", []):
            assert set(include["inputs"]) <= template
            seen += 1
    assert seen >= 4


def test_a_wrong_file_is_noticed(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(ACTION.read_text(encoding="utf-8").replace("composite", "compost"))
    assert complaints("vendor.github-actions", wrong)


def test_actions_of_others_are_pinned_to_a_commit() -> None:
    root = ACTION.parent
    folders = (".github", "templates", "examples", "docs")
    every = [path for folder in folders for path in sorted((root / folder).rglob("*"))]
    used = [
        (path, one)
        for path in [ACTION, root / "README.md", *every]
        if path.suffix in (".yml", ".yaml", ".md")
        for one in re.findall(
            r"^[ \t-]*uses: *(.*)", path.read_text(encoding="utf-8"), re.MULTILINE
        )
    ]
    assert len(used) > 10
    for path, one in used:
        pinned = re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)
        # In the documentation the user puts a commit in the place of COMMIT.
        assert pinned or one.startswith("./") or one.endswith("@COMMIT"), f"{path}: {one}"
