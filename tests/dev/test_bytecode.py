"""Only what is written beforehand is not compiled at every start."""

from importlib.util import cache_from_source
from pathlib import Path

from dev.bytecode import SOURCES, write_bytecode


def test_every_source_of_the_product_is_compiled(tmp_path: Path) -> None:
    sources = [tmp_path / folder / "within" / "module.py" for folder in SOURCES]
    for source in sources:
        source.parent.mkdir(parents=True)
        source.write_text("ANSWER = 42\n")
    write_bytecode(tmp_path)
    assert all(Path(cache_from_source(str(source))).exists() for source in sources)
