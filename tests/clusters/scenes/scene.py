"""What a scene is: a name in plain English, a function of the stage, and what the cluster must have for it."""

from dataclasses import dataclass
from typing import Callable

SCENES = []


class NotToBeHad(Exception):
    """What this cluster, by its nature, has not; the reason is written by hand."""


@dataclass
class Scene:
    name: str
    act: Callable
    replicated: bool

    def play(self, stage):
        if self.replicated and len(stage.cluster.nodes) < 3:
            raise NotToBeHad("one node has no replicas to lose")
        self.act(stage)


def scene(name, replicated=False):
    """Adds a function as a scene. `replicated`: it wants three nodes."""
    def add(act):
        SCENES.append(Scene(name, act, replicated))
        return act
    return add
