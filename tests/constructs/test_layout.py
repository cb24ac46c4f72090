"""The layout's traps: see docs/architecture.md, "Layout"."""

from __future__ import annotations

import subprocess
import sys

import constructs
from constructs import Construct

import cdk_personalize


def test_the_source_roots_are_no_packages(project):
    """A `constructs/__init__.py` would hide the CDK's package from `python app.py`."""
    assert not (project / "constructs" / "__init__.py").exists()
    assert not (project / "handler" / "__init__.py").exists()
    assert not (project / "tests" / "constructs" / "__init__.py").exists()


def test_constructs_is_still_the_cdks_package():
    assert Construct.__jsii_type__ == "constructs.Construct"
    assert "site-packages" in str(constructs.__file__)


def test_every_public_name_is_there_and_documented():
    for name in cdk_personalize.__all__:
        assert getattr(cdk_personalize, name).__doc__


def test_the_import_does_not_load_boto3():
    code = (
        "import sys, cdk_personalize; "
        "sys.exit(bool({'boto3', 'botocore', 'crhelper'} & sys.modules.keys()))"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
