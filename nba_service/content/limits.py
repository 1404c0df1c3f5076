"""A Liquid environment in which no template can run long, write much, or reach outside.

Templates are written by marketers and filled with what customers typed, so loops, output, memory and time
are bounded, values are HTML-escaped, and there is no loader: ``include`` and ``render`` find nothing.
"""

from __future__ import annotations

import time
from io import StringIO
from typing import ClassVar, Final

from liquid import BoundTemplate, Environment, Mode, RenderContext
from liquid.exceptions import ResourceLimitError
from liquid.output import LimitedStringIO

MAX_OUTPUT_BYTES: Final = 65_536
MAX_LOOPS: Final = 2_000
MAX_LOCAL_BYTES: Final = 65_536
MAX_SECONDS: Final = 0.05


class RenderTimeoutError(ResourceLimitError):
    """A template ran longer than it may."""


class _TimedOutput(LimitedStringIO):
    """Output that ends a template whose time is up; every piece that is written asks the clock."""

    def __init__(self, limit: int, deadline: float) -> None:
        super().__init__(limit)
        self.deadline = deadline

    def write(self, text: str) -> int:
        if time.monotonic() > self.deadline:
            raise RenderTimeoutError("the template ran out of time", token=None)
        return super().write(text)


class _TimedContext(RenderContext):
    """Hands the deadline on to the buffers of blocks such as ``capture``."""

    def get_buffer(self, buf: object = None) -> StringIO:
        used = buf.size if isinstance(buf, LimitedStringIO) else 0
        deadline = buf.deadline if isinstance(buf, _TimedOutput) else time.monotonic() + MAX_SECONDS
        return _TimedOutput(MAX_OUTPUT_BYTES - used, deadline)


class _TimedTemplate(BoundTemplate):
    context_class = _TimedContext

    def _get_buffer(self) -> StringIO:
        return _TimedOutput(MAX_OUTPUT_BYTES, time.monotonic() + MAX_SECONDS)


class LimitedEnvironment(Environment):
    """See the module."""

    template_class = _TimedTemplate
    block_nesting_limit: ClassVar[int] = 20
    context_depth_limit: ClassVar[int] = 20
    loop_iteration_limit: ClassVar[int | None] = MAX_LOOPS
    local_namespace_limit: ClassVar[int | None] = MAX_LOCAL_BYTES
    output_stream_limit: ClassVar[int | None] = MAX_OUTPUT_BYTES


def make_environment(*, html: bool) -> LimitedEnvironment:
    """An environment for texts (``html``: values are escaped) or for addresses (they are quoted later)."""
    return LimitedEnvironment(autoescape=html, tolerance=Mode.STRICT, strict_filters=True)
