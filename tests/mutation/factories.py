"""Functions that run while the rooms are imported: they make rules and shapes for the specs.

mutmut chooses a mutant when a test begins, which is too late for them: what they return is made
already. So their mutants are tried like those of tables and constants.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator


def called_at_import(sources: Iterable[str]) -> frozenset[str]:
    """The names of the rooms' own functions that are called outside of any function."""
    trees = [ast.parse(source) for source in sources]
    own = {each.name for tree in trees for each in tree.body if isinstance(each, ast.FunctionDef)}
    return frozenset(name for tree in trees for name in _called(tree.body) if name in own)


def _called(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            continue
        match node:
            case ast.Call(func=ast.Name(name)) | ast.Call(func=ast.Attribute(ast.Name(), name)):
                yield name
        yield from _called(ast.iter_child_nodes(node))
