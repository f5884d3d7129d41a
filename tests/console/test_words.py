"""Every heading that a table of the terminal may have is said in both languages."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import console.cli
from console.cli.words import LABELS


def test_every_column_has_its_words() -> None:
    modules = [import_module(f"console.cli.{found.name}") for found in pkgutil.iter_modules(console.cli.__path__)]
    columns = {
        (module.__name__, column)
        for module in modules
        for name, value in vars(module).items()
        if name.endswith("COLUMNS") and isinstance(value, tuple)
        for column in value
    }
    assert len(columns) > 20
    assert sorted(f"{module}: {column}" for module, column in columns if column not in LABELS) == []
