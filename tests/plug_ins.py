"""Distributions of somebody else, as pip leaves them behind."""

from pathlib import Path

from netra_validate import registry


def install(site: Path, name: str, source: str, *entries: str) -> None:
    """What ``pip install`` leaves behind for a distribution with one module."""
    site.mkdir(exist_ok=True)
    module = name.replace("-", "_")
    (site / f"{module}.py").write_text(source, encoding="utf-8")
    info = site / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = "\n".join(entries)
    (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{lines}\n")
