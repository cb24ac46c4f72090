"""What `make wheel` says of builds that differ, and of files that are not there."""

from __future__ import annotations

import tarfile
import zipfile
from io import BytesIO
from pathlib import Path

import dist_check

WHEEL = "cdk_personalize-0.1.0-py3-none-any.whl"
SDIST = "cdk_personalize-0.1.0.tar.gz"
INFO = "cdk_personalize-0.1.0.dist-info"


def wheel(folder: Path, *, time_s: int = 0, **files: str) -> Path:
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / WHEEL, "w") as archive:
        for name, text in {f"{INFO}/METADATA": "Name: cdk-personalize", **files}.items():
            entry = zipfile.ZipInfo(name, date_time=(2020 + time_s, 2, 2, 0, 0, 0))
            archive.writestr(entry, text)
    return folder / WHEEL


def sdist(folder: Path, *names: str) -> Path:
    folder.mkdir(exist_ok=True)
    with tarfile.open(folder / SDIST, "w:gz") as archive:
        for name in names:
            entry = tarfile.TarInfo(f"cdk_personalize-0.1.0/{name}")
            archive.addfile(entry, BytesIO())
    return folder / SDIST


def test_equal_builds_differ_in_nothing(tmp_path: Path) -> None:
    one, other = wheel(tmp_path / "a", x="1"), wheel(tmp_path / "b", x="1")
    assert list(dist_check.differences({"wheel": one}, {"wheel": other})) == []


def test_a_file_with_another_text_is_named(tmp_path: Path) -> None:
    one, other = wheel(tmp_path / "a", x="1", y="2"), wheel(tmp_path / "b", x="1", z="3")
    (told,) = dist_check.differences({"wheel": one}, {"wheel": other})
    assert told == f"{WHEEL} differs between two builds; what differs: y, z"


def test_another_time_alone_is_a_difference_too(tmp_path: Path) -> None:
    one, other = wheel(tmp_path / "a", x="1"), wheel(tmp_path / "b", time_s=1, x="1")
    (told,) = dist_check.differences({"wheel": one}, {"wheel": other})
    assert told.endswith("only how they are packed: times, modes or order")


def test_what_is_missing_or_too_much_is_named(tmp_path: Path) -> None:
    files = {
        "wheel": wheel(tmp_path, **{"cdk_personalize/__init__.py": "", "tests/secret.py": ""}),
        "sdist": sdist(tmp_path, "PKG-INFO", "pyproject.toml", "README.md", "LICENSE"),
    }
    told = list(dist_check.missing(files))
    assert "the wheel lacks cdk_personalize/py.typed" in told
    assert f"the wheel lacks {INFO}/licenses/LICENSE" in told
    assert "the wheel lacks cdk_personalize/__init__.py" not in told
    assert "the wheel has tests/secret.py, which is no source of the library" in told
    assert told[-1] == "the sdist lacks CHANGELOG.md"
