"""Writes docs/schema anew from the handler's specs; a test holds the files against them."""

from __future__ import annotations

from property_schema.documents import FOLDER, documents


def main() -> None:
    """Write every document, and nothing else."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        print(FOLDER / name)


if __name__ == "__main__":
    main()
