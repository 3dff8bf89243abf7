"""The product's bytecode, as its image has it: without, every process would compile all sources at its start."""

import compileall
from pathlib import Path

from dev.project import ROOT

SOURCES = ("apps", "pickitchen")


def write_bytecode(root: Path = ROOT) -> None:
    """Of what has changed. Where it cannot be written, starts are slower and nothing else."""
    for folder in SOURCES:
        compileall.compile_dir(root / folder, quiet=2)
