"""What a run found: figures with their spread, and ratios made of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing, a value per round. `is_cost`: less is better (seconds, megabytes)."""

    key: str
    label: str
    unit: str
    values: tuple[float, ...]
    is_cost: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "label": self.label,
            "unit": self.unit,
            "rounds": len(self.values),
            **_spread(self.values),
        }


@dataclass(frozen=True, slots=True)
class Ratio:
    """Ours against a limit or a peer, round by round; above 1 ours is the faster (or smaller)."""

    key: str
    label: str
    kind: str  # limit, peer or growth
    values: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        return {"key": self.key, "label": self.label, "kind": self.kind, **_spread(self.values)}


@dataclass(slots=True)
class Section:
    """A part of the run at one size of the list. `skipped` says why it could not run."""

    key: str
    title: str
    rows: int
    figures: list[Figure] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: str = ""

    def add(self, key: str, label: str, unit: str, values: Sequence[float], *, is_cost: bool = False) -> Figure:
        figure = Figure(key, label, unit, tuple(values), is_cost)
        self.figures.append(figure)
        return figure

    def compare(self, label: str, ours: Figure, theirs: Figure, kind: str) -> Ratio:
        ratio = ratio_of(label, ours, theirs, kind)
        self.ratios.append(ratio)
        return ratio

    def figure(self, key: str) -> Figure | None:
        return next((figure for figure in self.figures if figure.key == key), None)

    def to_json(self) -> dict[str, Any]:
        if self.skipped:
            return {"key": self.key, "title": self.title, "rows": self.rows, "skipped": self.skipped}
        return {
            "key": self.key,
            "title": self.title,
            "rows": self.rows,
            "figures": [figure.to_json() for figure in self.figures],
            "ratios": [ratio.to_json() for ratio in self.ratios],
            "notes": self.notes,
        }


def ratio_of(label: str, ours: Figure, theirs: Figure, kind: str) -> Ratio:
    """Paired by round where both have as many, else each of ours against their median."""
    others = theirs.values if len(theirs.values) == len(ours.values) else (median(theirs.values),) * len(ours.values)
    pairs = zip(ours.values, others, strict=True)
    values = tuple((their / our if ours.is_cost else our / their) if our and their else 0.0 for our, their in pairs)
    return Ratio(f"{ours.key}/{theirs.key}", label, kind, values)


def growth(sections: Sequence[Section]) -> list[Ratio]:
    """Every figure of ours at the largest size against the smallest: 1 is flat, below 1 is slower."""
    found = []
    by_key: dict[str, list[Section]] = {}
    for section in sections:
        if not section.skipped:
            by_key.setdefault(section.key, []).append(section)
    for parts in by_key.values():
        small, large = min(parts, key=lambda part: part.rows), max(parts, key=lambda part: part.rows)
        if small.rows == large.rows:
            continue
        for figure in large.figures:
            before = small.figure(figure.key)
            if before is not None and figure.key.startswith("platform"):
                label = f"{figure.label}: {large.rows:,} against {small.rows:,}"
                first, last = median(before.values), median(figure.values)
                if first and last:
                    value = first / last if figure.is_cost else last / first
                    found.append(Ratio(f"{large.key}/{figure.key}", label, "growth", (value,)))
    return found


def _spread(values: Sequence[float]) -> dict[str, float]:
    if not values:
        return {}
    return {"median": short(median(values)), "min": short(min(values)), "max": short(max(values))}


def short(value: float) -> float:
    """Four significant digits."""
    return float(f"{value:.4g}")
