"""The handler's asset: the same bytes, names and modes wherever it is made."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import stat
from pathlib import Path

import aws_cdk as cdk
import pytest

import personalize_provider
from cdk_personalize import AssetError, Campaign
from cdk_personalize import asset as asset_module
from cdk_personalize.asset import (
    copy_sources,
    crhelper_folder,
    handler_folder,
    with_summaries_only,
)


def fingerprint():
    with handler_folder() as folder:
        return cdk.FileSystem.fingerprint(str(folder))


def contents(folder):
    return {
        str(path.relative_to(folder)): (
            stat.S_IMODE(path.stat().st_mode),
            path.read_bytes() if path.is_file() else None,
        )
        for path in folder.rglob("*")
    }


def contents_now():
    with handler_folder() as folder:
        return contents(folder)


def test_the_hash_is_the_same_on_two_runs_under_any_umask(monkeypatch):
    usual = fingerprint(), contents_now()
    before = os.umask(0o077)
    try:
        strict = fingerprint(), contents_now()
    finally:
        os.umask(before)
    assert strict == usual


def test_the_hash_is_the_same_for_touched_files_and_where_the_code_ran(tmp_path):
    package = tmp_path / "source" / "package"
    package.mkdir(parents=True)
    (package / "module.py").write_text("x = 1\n")
    (tmp_path / "one").mkdir()
    copy_sources(package, tmp_path / "one" / "package")
    before = cdk.FileSystem.fingerprint(str(tmp_path / "one"))

    os.utime(package / "module.py", (0, 0))
    (package / "module.py").chmod(0o600)
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "module.cpython-311.pyc").write_bytes(b"bytecode")
    (package / "py.typed").touch()
    (tmp_path / "two").mkdir()
    copy_sources(package, tmp_path / "two" / "package")

    assert cdk.FileSystem.fingerprint(str(tmp_path / "two")) == before
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_it_holds_the_handler_and_crhelper_and_only_their_sources():
    files = {name for name, (_, data) in contents_now().items() if data is not None}
    assert all(name.endswith(".py") for name in files)
    assert {name.split("/")[0] for name in files} == {"personalize_provider", "crhelper"}
    assert "personalize_provider/resources/campaign.py" in files
    assert "crhelper/resource_helper.py" in files


def documented(tree):
    """The modules, classes and functions of a syntax tree."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def undocumented(source):
    """A module's syntax tree without its texts, line numbers included."""
    tree = ast.parse(source)
    for node in documented(tree):
        node.body = [
            each
            for each in node.body
            if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        ]
        node.lineno = node.end_lineno = 0
    return ast.dump(tree, include_attributes=True)


def summaries(source):
    found = [ast.get_docstring(node) for node in documented(ast.parse(source))]
    return [text and text.splitlines()[0] for text in found]


SOURCES = sorted(Path(personalize_provider.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_the_handler_in_the_asset_does_the_same_on_the_same_lines(path):
    source = path.read_text()
    packed = with_summaries_only(source)
    assert undocumented(packed) == undocumented(source)
    assert summaries(packed) == summaries(source)
    assert len(packed.splitlines()) == len(source.splitlines())


def test_what_explains_at_length_is_left_out():
    source = '''"""A room."""

LIMIT_S = 3
"""Seconds."""


def wait(seconds):
    """Waits.

    Args:
        seconds: How long.
    """
    return seconds
'''
    assert (
        with_summaries_only(source)
        == '''"""A room."""

LIMIT_S = 3



def wait(seconds):
    """Waits."""




    return seconds
'''
    )


def test_everybody_may_read_it():
    for mode, data in contents_now().values():
        assert mode == (0o755 if data is None else 0o644)


def test_the_folder_is_gone_afterwards_unless_it_is_to_be_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(asset_module.tempfile, "tempdir", str(tmp_path))
    with handler_folder() as folder:
        assert folder.is_dir()
    assert not folder.exists()
    with handler_folder(keep=True) as folder:
        pass
    assert folder.is_dir()


def test_the_folder_is_gone_after_a_failure_too(tmp_path, monkeypatch):
    monkeypatch.setattr(asset_module.tempfile, "tempdir", str(tmp_path))

    class BrokenError(Exception):
        pass

    with pytest.raises(BrokenError), handler_folder():
        raise BrokenError
    assert list(tmp_path.iterdir()) == []


def test_without_staging_the_folder_that_the_template_names_is_there(
    tmp_path, monkeypatch, version_arn
):
    monkeypatch.setattr(asset_module.tempfile, "tempdir", str(tmp_path))
    app = cdk.App(analytics_reporting=False, context={"aws:cdk:disable-asset-staging": True})
    stack = cdk.Stack(app, "Shop")
    Campaign(stack, "Campaign", solution_version=version_arn)
    app.synth()
    (kept,) = tmp_path.iterdir()
    assert (kept / "personalize_provider").is_dir()


@pytest.mark.parametrize("version", ["2.0.11", "1.9", "3.0.0", "3.0.0rc1"])
def test_another_crhelper_is_refused_with_the_command_that_helps(monkeypatch, version):
    class Other:
        pass

    other = Other()
    other.version = version
    monkeypatch.setattr(importlib.metadata, "distribution", lambda _name: other)
    with pytest.raises(AssetError, match=f"crhelper {version} .*pip install 'crhelper>=2.0.12,<3'"):
        crhelper_folder()


def test_a_missing_crhelper_is_named(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    with pytest.raises(AssetError, match="crhelper is not installed"):
        crhelper_folder()


def test_a_crhelper_without_sources_is_named(monkeypatch, tmp_path):
    class Empty:
        version = "2.0.12"

        def locate_file(self, name):
            return tmp_path / name

    monkeypatch.setattr(importlib.metadata, "distribution", lambda _name: Empty())
    with pytest.raises(AssetError, match="without its sources"):
        crhelper_folder()
