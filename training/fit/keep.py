"""What a fit keeps, so that a broken training resumes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar


class Fitted(Protocol):
    """A model that can be written as files."""

    def to_files(self) -> dict[str, bytes]: ...


Model = TypeVar("Model", bound=Fitted)


Keep = Callable[[Callable[[], dict[str, Any]]], dict[str, Any]]
"""Gives the arrays that its argument makes, or the same ones from an earlier run."""


class KeepFit(Protocol):
    """Gives a fitted model, from an earlier run if possible.

    The model that ``make`` fits, or the same one by ``read`` of its files.
    """

    def __call__(
        self, name: str, make: Callable[[], Model], read: Callable[[Mapping[str, bytes]], Model]
    ) -> Model: ...


def at_once(name: str, make: Callable[[], Model], read: Callable[[Mapping[str, bytes]], Model]) -> Model:
    """Keeps nothing."""
    return make()
