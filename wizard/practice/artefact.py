"""Things that are built once and kept, under a name that changes when their recipe does."""

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Report = Callable[[str], None]
"""Says one line of progress to whoever is watching."""

BUILDING = ".building-"


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a built thing contains."""

    name: str
    ingredients: tuple[str, ...]

    @property
    def directory_name(self) -> str:
        """The name of the directory that holds the result: the recipe's name and its hash."""
        digest = hashlib.sha256("\0".join(self.ingredients).encode())
        return f"{self.name}-{digest.hexdigest()[:12]}"


def obtain(cache: Path, recipe: Recipe, build: Callable[[Path], None], report: Report) -> Path:
    """Return the directory of the built thing, building it when the cache lacks it.

    It is built beside its place and moved there when complete, so that what is found in the
    cache is whole.
    """
    target = cache / recipe.directory_name
    if target.is_dir():
        return target
    # Of this process alone: a program that a killed one left behind may still write into its own.
    building = cache / f"{BUILDING}{recipe.directory_name}-{os.getpid()}"
    if building.exists():
        shutil.rmtree(building)
    building.mkdir(parents=True)
    started = time.monotonic()
    report(f"building {recipe.name}")
    build(building)
    os.sync()
    building.rename(target)
    report(f"built {recipe.name} in {time.monotonic() - started:.0f} s")
    return target


def forget_others(cache: Path, kept: set[Path]) -> None:
    """Remove what the cache holds of older recipes, and what an interrupted build left."""
    for path in cache.iterdir() if cache.is_dir() else ():
        if path not in kept:
            shutil.rmtree(path)
