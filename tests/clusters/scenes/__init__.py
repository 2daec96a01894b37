"""The scenes, in the order in which they are played: a file per kind of command."""

from scenes.scene import SCENES, NotToBeHad
from scenes import topics, configs, groups, produce, consume  # noqa: F401  each adds its own

__all__ = ["SCENES", "NotToBeHad"]
