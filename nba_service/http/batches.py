"""Batches whose elements stand alone.

What is wrong with one costs that one and stops no other. A batch is ``{"interactions": [...]}``, or one
element without the list around it. Knows elements and problems; knows nothing of what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar, Unpack, cast

import marshmallow as ma
from marshmallow import fields

from nba_service.errors import FieldProblem, Problem, problem_of_fields
from nba_service.http.body import problems_of_messages
from nba_service.http.fields import FieldOptions, Given, Listed
from nba_service.http.json_body import HalfText
from nba_service.http.schema import FieldProblemAnswer, Loaded, Strict

Call = TypeVar("Call")
Result = TypeVar("Result")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Refused:
    """An element that cannot be taken, and why.

    Paths are those within the element.
    """

    problems: tuple[FieldProblem, ...]


@dataclass(frozen=True, slots=True)
class Taken(Generic[Result]):
    """What became of a batch.

    ``positions``: of the elements that were taken; ``refused``: as answered.
    """

    result: Result
    positions: tuple[int, ...]
    refused: tuple[Mapping[str, object], ...]

    @property
    def said(self) -> dict[str, object]:
        """What an answer says of the refused; nothing where all were taken."""
        return {"refused": self.refused} if self.refused else {}

    def in_order(self, values: Iterable[Value]) -> list[Value | None]:
        """A value for each element of the batch, None for those that were refused."""
        places: list[Value | None] = [None] * (len(self.positions) + len(self.refused))
        for position, value in zip(self.positions, values, strict=True):
            places[position] = value
        return places


@dataclass(frozen=True, slots=True)
class Batch(Generic[Call]):
    """Elements of a request.

    ``alone``: one was sent without the list around it.
    """

    name: str
    elements: tuple[Call | Refused, ...]
    alone: bool = False

    def take(self, work: Callable[[list[Call]], Result]) -> Taken[Result]:
        """Do ``work`` with the elements that can be taken.

        Args:
            work: refuses all of them with a problem whose errors name elements (``interactions[1].value``);
                it is then asked again without those.

        Raises:
            Problem: no element can be taken, or ``work`` refuses for another reason.
        """
        refused = {i: one.problems for i, one in enumerate(self.elements) if isinstance(one, Refused)}
        calls = {i: one for i, one in enumerate(self.elements) if not isinstance(one, Refused)}
        while calls:
            positions = tuple(calls)
            try:
                result = work(list(calls.values()))
            except Problem as problem:
                wrong = self._by_element(problem, positions)
                if not wrong:
                    raise
                refused |= wrong
                calls = {i: call for i, call in calls.items() if i not in wrong}
                continue
            return Taken(result, positions, tuple(self._answer(i, refused[i]) for i in sorted(refused)))
        raise problem_of_fields([error for i in sorted(refused) for error in self._named(i, refused[i])])

    def _by_element(self, problem: Problem, positions: Sequence[int]) -> dict[int, tuple[FieldProblem, ...]]:
        """The elements that a problem is about; none if it is about the request as a whole."""
        problems: dict[int, tuple[FieldProblem, ...]] = {}
        for error in problem.errors:
            match = re.match(rf"{self.name}\[(\d+)\]\.?", error.field)
            if match is None:
                return {}
            position = positions[int(match[1])]
            problems[position] = (
                *problems.get(position, ()),
                replace(error, field=error.field[match.end() :]),
            )
        return problems

    def _named(self, position: int, problems: Iterable[FieldProblem]) -> list[FieldProblem]:
        """The problems under the paths that the sender knows."""
        if self.alone:
            return list(problems)
        place = f"{self.name}[{position}]"
        return [
            replace(problem, field=f"{place}.{problem.field}" if problem.field else place)
            for problem in problems
        ]

    def _answer(self, position: int, problems: Sequence[FieldProblem]) -> Mapping[str, object]:
        errors = self._named(position, problems)
        problem = problem_of_fields(errors)
        return {
            "index": position,
            "code": problem.kind,
            "detail": str(problem),
            "errors": [error.to_json() for error in errors],
        }


class Each(Listed[Any]):
    """A list of bounded length, loaded element by element.

    A wrong one becomes ``Refused``.
    """

    def __init__(self, schema: type[ma.Schema], *, maximum: int, **kwargs: Unpack[FieldOptions]) -> None:
        super().__init__(fields.Nested(schema), minimum=1, maximum=maximum, **kwargs)
        self._schema = schema()

    def _deserialize(self, value: object, attr: str | None, data: Given, **kwargs: object) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        self._validate(value)
        return [self._element(element) for element in value]

    def _element(self, element: object) -> object:
        if isinstance(element, HalfText):
            return Refused(element.problem().errors)
        try:
            return self._schema.load(cast("Mapping[str, object]", element))  # it refuses what is no object
        except ma.ValidationError as error:
            return Refused(tuple(problems_of_messages(error.messages, element)))


class BatchSchema(Strict):
    """Loads a ``Batch`` from the one field that ``parts`` names."""

    @ma.post_load(pass_original=True)
    def make(self, data: Loaded, original: object, **_: object) -> Batch[Any]:
        name = self.parts or ""
        alone = not (isinstance(original, dict) and name in original)
        return Batch(name, tuple(data[name]), alone)


class OneOrManySchema(BatchSchema):
    """``{"interactions": [...]}``, or one element alone."""

    @ma.pre_load
    def wrap(self, data: object, **_: object) -> object:
        name = self.parts or ""
        return {name: [data]} if isinstance(data, dict) and name not in data else data


class RefusedAnswer(Strict):
    """An element that was not taken.

    Sent again as it is, it will not be taken either.
    """

    index = fields.Integer(required=True, metadata={"description": "its place in the list, from 0"})
    code = fields.String(required=True)
    detail = fields.String(required=True)
    errors = fields.List(fields.Nested(FieldProblemAnswer), required=True)
