"""The product's bytecode, as its image has it: without, every process would compile all sources at its start."""

import compileall

from dev.project import ROOT

SOURCES = ("apps", "pickitchen")


def write_bytecode() -> None:
    """Of what has changed. Where it cannot be written, starts are slower and nothing else."""
    for folder in SOURCES:
        compileall.compile_dir(ROOT / folder, quiet=2)
