"""Gates and the ladder on which they relax.

A gate compares one feature with one threshold. The ladder is a list of rungs; `resolved_ladder` turns the
profile's steps into the thresholds and the recruitment rule of each rung, and refuses a ladder that tightens.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from tradingview_scraper.pipelines.selection.schemas.read_only import ReadOnlyDict
from tradingview_scraper.pipelines.selection.schemas.section import Section

Comparison = Literal[">=", ">", "<=", "<"]
Recruit = Literal["ranked", "representatives", "fill"]
RECRUIT_ORDER: tuple[Recruit, ...] = ("ranked", "representatives", "fill")


class Gate(Section):
    """One comparison that an asset passes or fails: `feature op threshold`."""

    feature: str
    """The factor that is compared."""
    op: Comparison
    """How a value passes: `value op threshold`."""
    threshold: Annotated[float, Field(allow_inf_nan=False)]
    """At rung 1, in the factor's unit; or `"null:0.05"`, which admits that share of noise, from `tvselect calibrate`."""
    kind: Literal["hard", "relaxable"]
    """No rung loosens a hard gate; relaxable ones may loosen on the ladder."""
    unknown: Literal["fail", "pass"] = "fail"
    """What an unknown value (NaN) means."""
    unavailable: Literal["fail", "off"] = "fail"
    """What it means that no asset at all has a value, as where a whole table is absent: an unknown one, or no gate."""
    exempt_benchmarks: bool = False
    """Whether candidates flagged `is_benchmark` are let through."""
    reason: str = ""
    """Shown with a failed gate in place of the comparison."""
    enabled: bool = True
    """Whether it is there at all."""

    @model_validator(mode="after")
    def _hard_is_hard(self) -> Self:
        if self.kind == "hard" and self.exempt_benchmarks:
            raise ValueError("a hard gate is never waived: it can't exempt benchmarks")
        if self.kind == "hard" and self.unavailable == "off":
            raise ValueError("a hard gate is never waived: it can't be off where its feature is unavailable")
        return self

    @property
    def floors(self) -> bool:
        """Whether the threshold is a floor (`>=`, `>`) rather than a ceiling."""
        return self.op in (">=", ">")


class Step(Section):
    """One rung as the profile writes it: changes relative to rung 1."""

    name: str
    """Shown beside the rung's number."""
    scale: Annotated[dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]], AfterValidator(ReadOnlyDict)] = (
        Field(default_factory=ReadOnlyDict)
    )
    """Gate to the factor that its rung-1 threshold is multiplied with."""
    cap: Annotated[dict[str, Annotated[float, Field(allow_inf_nan=False)]], AfterValidator(ReadOnlyDict)] = Field(
        default_factory=ReadOnlyDict
    )
    """Gate to the loosest threshold that a scale may reach."""
    set: Annotated[dict[str, Annotated[float, Field(allow_inf_nan=False)]], AfterValidator(ReadOnlyDict)] = Field(
        default_factory=ReadOnlyDict
    )
    """Gate to an absolute threshold."""
    recruit: Recruit = "ranked"
    """Whom it admits: the ranked eligible; representatives of clusters without one, too; and the fill."""


Ladder = Annotated[tuple[Step, ...], Field(min_length=1)]


class Rung(BaseModel):
    """One rung, resolved: the only input that changes while the controller relaxes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    name: str
    thresholds: Annotated[dict[str, float], AfterValidator(ReadOnlyDict)]
    recruit: Recruit

    @property
    def sends_representatives(self) -> bool:
        """Whether a cluster without an eligible member sends its best sound one."""
        return self.recruit in ("representatives", "fill")

    @property
    def fills(self) -> bool:
        """Whether sound assets fill up to the floor."""
        return self.recruit == "fill"


def resolved_ladder(gates: Mapping[str, Gate], steps: Sequence[Step], *, literal: bool = False) -> tuple[Rung, ...]:
    """The rungs of a ladder, each with the threshold of every enabled gate; a disabled one is passed over.

    A `literal` one (v3.4's) does what its steps say, and may tighten.

    Raises `ValueError` naming rung and gate where a step speaks of an unknown or a hard gate, where a threshold
    tightens from one rung to the next, or where a recruitment rule narrows.
    """
    enabled = {name: gate for name, gate in gates.items() if gate.enabled}
    strict = {name: gate.threshold for name, gate in enabled.items()}
    rungs: list[Rung] = []
    for number, step in enumerate(steps, start=1):
        _check_names(number, step, gates)
        thresholds = {name: relaxed_threshold(name, gate, step, literal=literal) for name, gate in enabled.items()}
        if number == 1 and thresholds != strict and not literal:
            raise ValueError("rung 1 is the strict one: it can't scale, cap or set a threshold")
        _check_finite(number, step, thresholds, literal)
        rung = Rung(number=number, name=step.name, thresholds=thresholds, recruit=step.recruit)
        if rungs and not literal:
            _check_looser(rungs[-1], rung, enabled)
        rungs.append(rung)
    return tuple(rungs)


def relaxed_threshold(name: str, gate: Gate, step: Step, *, literal: bool = False) -> float:
    """A gate's threshold at one step of the ladder; a `literal` cap is one even where it tightens."""
    if name in step.set:
        return step.set[name]
    threshold = gate.threshold * step.scale.get(name, 1.0)
    if name in step.cap:
        # A cap never tightens: where rung 1 is already looser than the cap, rung 1's threshold stays.
        loosest = min if not gate.floors else max
        tightest = max if not gate.floors else min
        capped = loosest(threshold, step.cap[name])
        threshold = capped if literal else tightest(gate.threshold, capped)
    return threshold


def _check_names(number: int, step: Step, gates: Mapping[str, Gate]) -> None:
    for name in (*step.scale, *step.cap, *step.set):
        if name not in gates:
            raise ValueError(f"rung {number} ({step.name}) names the gate {name!r}; the gates are {list(gates)}")
        if gates[name].kind == "hard":
            raise ValueError(f"rung {number} ({step.name}) relaxes {name!r}, a hard gate: it is never waived")


def _check_finite(number: int, step: Step, thresholds: Mapping[str, float], literal: bool) -> None:
    for name, threshold in thresholds.items():
        if not (literal or math.isfinite(threshold)):
            raise ValueError(
                f"rung {number} ({step.name}) scales the threshold of {name!r} to {threshold}: scale it by less"
            )


def _check_looser(previous: Rung, rung: Rung, gates: Mapping[str, Gate]) -> None:
    for name, gate in gates.items():
        before, now = previous.thresholds[name], rung.thresholds[name]
        if now > before if gate.floors else now < before:
            raise ValueError(
                f"rung {rung.number} ({rung.name}) tightens {name!r} from {gate.op} {before} to {gate.op} {now}: "
                "a ladder only loosens"
            )
    if RECRUIT_ORDER.index(rung.recruit) < RECRUIT_ORDER.index(previous.recruit):
        raise ValueError(
            f"rung {rung.number} ({rung.name}) recruits {rung.recruit!r} after {previous.recruit!r}: a ladder only loosens"
        )
