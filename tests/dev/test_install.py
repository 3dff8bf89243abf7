"""The stamp decides whether the packages are installed again; progress is told in few words."""

from pathlib import Path

import pytest

from dev import install


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(install, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(install, "STAMP", tmp_path / ".venv" / "stamp")
    monkeypatch.setattr(install, "REQUIREMENTS", tmp_path / "dev.txt")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").touch()
    (tmp_path / "dev.txt").write_text("django==5.2.19 \\\n    --hash=sha256:00\n")
    return tmp_path


def test_an_interrupted_installation_is_none(clone: Path) -> None:
    assert not install.is_installed()


def test_a_finished_installation_is_kept(clone: Path) -> None:
    install.STAMP.write_text(install.wanted_stamp())
    assert install.is_installed()


def test_other_requirements_are_installed_anew(clone: Path) -> None:
    install.STAMP.write_text(install.wanted_stamp())
    install.REQUIREMENTS.write_text("django==5.2.20")
    assert not install.is_installed()


def test_a_python_that_is_gone_is_installed_anew(clone: Path) -> None:
    install.STAMP.write_text(install.wanted_stamp())
    (clone / ".venv" / "bin" / "python").unlink()
    assert not install.is_installed()


def test_an_older_python_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.version_info", (3, 10, 4))
    with pytest.raises(install.CannotInstall, match=r"needs Python 3\.11 or newer, and .* is 3\.10\.4"):
        install.require_python()


def test_a_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(install.CannotInstall, match="apt-get install python3-venv"):
        install.require_python()


def test_without_a_terminal_progress_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    progress = install.ProgressLine(total=40)
    for number in range(40):
        progress.read(f"Collecting package{number}==1.0 (from -r dev.txt)\n")
    progress.end()
    assert capsys.readouterr().out.splitlines() == [
        "Installing packages: 20 of 40, package19",
        "Installing packages: 40 of 40, package39",
    ]
