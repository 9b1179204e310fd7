"""The README tells the truth about the settings."""

from __future__ import annotations

from dataclasses import fields

from config import PROJECT, Config


def test_the_readme_lists_every_setting_with_its_meaning() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    for setting in fields(Config):
        assert f"| `{setting.name}` |" in readme
        assert f"| {setting.metadata['meaning']} |" in readme
