"""The unit of allocation: one asset traded by one logic in one direction."""

import hashlib
import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Direction = Literal["LONG", "SHORT"]


class StrategyAtom(BaseModel):
    """What a portfolio optimiser can allocate to: asset, logic, direction, timescale and parameters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    asset: Annotated[str, Field(min_length=1)]
    logic: Annotated[str, Field(min_length=1)]
    direction: Direction
    timescale: str
    parameters: dict[str, float | int | str | bool] = Field(default_factory=dict)
    conviction: float

    @property
    def id(self) -> str:
        """`{asset}_{logic}_{direction}_{timescale}`, with a suffix of the parameters' digest where there are any."""
        stem = f"{self.asset}_{self.logic}_{self.direction}_{self.timescale}"
        if not self.parameters:
            return stem
        text = json.dumps(self.parameters, sort_keys=True, separators=(",", ":"))
        return f"{stem}_{hashlib.sha256(text.encode()).hexdigest()[:8]}"

    @property
    def weight(self) -> int:
        """Composition weight: +1 for a long atom, -1 for a short one."""
        return 1 if self.direction == "LONG" else -1
