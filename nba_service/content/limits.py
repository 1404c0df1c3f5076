"""A Liquid environment with limits.

No template can run long, write much, or reach outside. Templates are written by marketers and filled with
what customers typed, so loops, output, memory and time are bounded and there is no loader: ``include`` and
``render`` find nothing. A variable that is missing is an error unless the template asks first (``if``) or has
an answer ready (``default``).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from io import StringIO
from typing import ClassVar, Final

from liquid import BoundTemplate, Environment, Mode, RenderContext
from liquid.exceptions import ResourceLimitError, UndefinedError
from liquid.output import LimitedStringIO
from liquid.undefined import FalsyStrictUndefined, Undefined

from nba_service.content.filters import FILTERS, without_sign

MAX_OUTPUT_BYTES: Final = 65_536
MAX_LOOPS: Final = 2_000
MAX_LOCAL_BYTES: Final = 65_536
MAX_RANGE: Final = 10_000
MAX_SECONDS: Final = 0.05

Filter = Callable[..., object]


_apart: Final = threading.local()


def clock() -> float:
    """Seconds of CPU of this thread, without those of ``uncounted``: a busy machine fails no text."""
    return time.thread_time() - float(getattr(_apart, "seconds", 0.0))


@contextmanager
def uncounted() -> Iterator[None]:
    """What is not the template's own, such as a company's facts, takes none of its time."""
    begun = clock()
    try:
        yield
    finally:
        _apart.seconds = float(getattr(_apart, "seconds", 0.0)) + clock() - begun


class RenderTimeoutError(ResourceLimitError):
    """A template ran longer than it may."""


class MissingValue(FalsyStrictUndefined):
    """A variable that is not there.

    False in conditions, replaced by ``default``, an error elsewhere.
    """

    force_liquid_default = True


class _TimedOutput(LimitedStringIO):
    """Output that ends a template whose time is up; every piece that is written asks the clock."""

    def __init__(self, limit: int, deadline: float) -> None:
        super().__init__(limit)
        self.deadline = deadline

    def write(self, text: str) -> int:
        if clock() > self.deadline:
            raise RenderTimeoutError("the template ran out of time", token=None)
        return super().write(text)


class _TimedContext(RenderContext):
    """Hands the deadline on to the buffers of blocks such as ``capture``."""

    def get_buffer(self, buf: object = None) -> StringIO:
        used = buf.size if isinstance(buf, LimitedStringIO) else 0
        deadline = buf.deadline if isinstance(buf, _TimedOutput) else clock() + MAX_SECONDS
        return _TimedOutput(MAX_OUTPUT_BYTES - used, deadline)


class _TimedTemplate(BoundTemplate):
    context_class = _TimedContext


class LimitedEnvironment(Environment):
    """See the module."""

    template_class = _TimedTemplate
    block_nesting_limit: ClassVar[int] = 20
    context_depth_limit: ClassVar[int] = 20
    loop_iteration_limit: ClassVar[int | None] = MAX_LOOPS
    local_namespace_limit: ClassVar[int | None] = MAX_LOCAL_BYTES
    output_stream_limit: ClassVar[int | None] = MAX_OUTPUT_BYTES


def make_environment(*, html: bool) -> LimitedEnvironment:
    """An environment for markup (``html``: values are escaped) or for plain texts and addresses."""
    environment = LimitedEnvironment(
        autoescape=html, tolerance=Mode.STRICT, strict_filters=True, undefined=MissingValue
    )
    environment.filters.update(FILTERS)
    for name, function in environment.filters.items():
        if name != "default":
            environment.filters[name] = _careful(function)
    return environment


def render_within(template: BoundTemplate, variables: Mapping[str, object], deadline: float) -> str:
    """The text of ``template``; ``deadline``: of ``clock()``.

    Raises:
        LiquidError, ValueError, TypeError, ArithmeticError, RecursionError: it cannot be rendered.
    """
    output = _TimedOutput(MAX_OUTPUT_BYTES, deadline)
    template.render_with_context(_TimedContext(template, globals=variables), output)
    return output.getvalue()


def _careful(function: Filter) -> Filter:
    """A filter that refuses what is missing, which many take for 0 or nothing, and ranges without end."""

    @wraps(function)
    def careful(value: object, *args: object, **kwargs: object) -> object:
        for one in (value, *args):
            if isinstance(one, Undefined):
                raise UndefinedError(f"{one.name} is missing", token=None)
            if isinstance(one, range) and len(one) > MAX_RANGE:
                raise ResourceLimitError("a range is too long", token=None)
        return without_sign(function(value, *args, **kwargs))

    return careful
