from pathlib import Path

from dev.source_files import SourceFiles


def test_saved_new_and_removed_files_are_noticed_once(tmp_path: Path) -> None:
    kept, removed, new = (tmp_path / name for name in ("kept.py", "removed.py", "new.py"))
    kept.touch()
    removed.touch()
    sources = SourceFiles([tmp_path])
    assert sources.changed() == []
    removed.unlink()
    new.touch()
    (tmp_path / "notes.txt").touch()
    assert sources.changed() == [new, removed]
    assert sources.changed() == []
