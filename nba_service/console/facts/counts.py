"""What the workers have counted since the service started, read as numbers.

The same text that Prometheus scrapes; knows its form and nothing of what is judged by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

Labels = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Counted:
    """Samples by name."""

    samples: Mapping[str, tuple[tuple[Labels, float], ...]]

    @classmethod
    def of(cls, scraped: bytes) -> Counted:
        """From the text of a scrape."""
        samples: dict[str, list[tuple[Labels, float]]] = {}
        for family in text_string_to_metric_families(scraped.decode()):
            for sample in family.samples:
                samples.setdefault(sample.name, []).append((sample.labels, float(sample.value)))
        return cls({name: tuple(found) for name, found in samples.items()})

    def of_name(self, name: str, **wanted: str) -> Iterator[tuple[Labels, float]]:
        """Samples of a metric with these labels."""
        for labels, value in self.samples.get(name, ()):
            if all(labels.get(label) == value_ for label, value_ in wanted.items()):
                yield labels, value

    def total(self, name: str, **wanted: str) -> float:
        """The sum of a metric over all other labels."""
        return sum(value for _, value in self.of_name(name, **wanted))

    def by(self, name: str, label: str, **wanted: str) -> dict[str, float]:
        """The sums of a metric by one of its labels, the largest first."""
        sums: dict[str, float] = {}
        for labels, value in self.of_name(name, **wanted):
            sums[labels.get(label, "")] = sums.get(labels.get(label, ""), 0.0) + value
        return dict(sorted(sums.items(), key=lambda item: -item[1]))

    def most(self, name: str) -> float | None:
        """The greatest value of a metric; None: there is none."""
        return max((value for _, value in self.of_name(name)), default=None)

    def quantile(self, name: str, share: float, **wanted: str) -> float | None:
        """The upper end of the bucket of a histogram in which a share is reached; None: nothing was seen."""
        sums: dict[float, float] = {}
        for labels, value in self.of_name(f"{name}_bucket", **wanted):
            end = float(labels["le"])
            sums[end] = sums.get(end, 0.0) + value
        ends = sorted(sums)
        total = sums[ends[-1]] if ends else 0.0
        if not total:
            return None
        return next(end for end in ends if sums[end] >= share * total)
