"""The picture of the six stages, `docs/stages.svg`: `python docs/stages.py` draws it.

The names of the stages are read from the code; what each does and what passes its border is said here. The text is large
enough for a README's width, and the colours hold on a light and on a dark page.
"""

from pathlib import Path
from xml.sax.saxutils import escape

from tradingview_scraper.pipelines.selection.schemas.stages import REEXECUTED, STAGES

PICTURE = Path(__file__).with_name("stages.svg")
WIDTH, ROW, TOP = 830, 84, 12
# Stage to what it does, and what passes its border.
TEXTS = {
    "ingestion": ("bars and scans become a pool, bad cells apart", "pool, returns"),
    "features": ("one function per factor", "assets x factors"),
    "inference": ("a champion scores, challengers beside it", "convictions"),
    "partitioning": ("clusters of correlation distances", "a factor group per asset"),
    "policy": ("gates, ranking, recruitment", "decisions, winners"),
    "synthesis": ("winners become strategy atoms", "manifest.json"),
}
STYLE = (
    "text{font:17px system-ui,sans-serif;fill:#1b2330}.name{font-weight:600;font-size:19px}.small{font-size:15px;fill:#44506a}"
    ".box{fill:#eef2fb;stroke:#5b6fae;stroke-width:1.5}.paper{fill:#ffffff}.line{stroke:#5b6fae;stroke-width:2;fill:none}"
    ".again{stroke:#b4551d;stroke-width:2;fill:none;stroke-dasharray:6 4}.hot{fill:#b4551d}"
    "@media (prefers-color-scheme:dark){text{fill:#e8ecf6}.small{fill:#b7c1d8}.box{fill:#222c44;stroke:#8fa3e0}"
    ".paper{fill:#141a28}.line{stroke:#8fa3e0}.again{stroke:#f0a36c}.hot{fill:#f0a36c}}"
)


def picture() -> str:
    """The SVG's text."""
    names = list(STAGES)
    height = TOP + len(names) * ROW + 4
    again = TOP + names.index(REEXECUTED[0]) * ROW
    end = TOP + names.index(REEXECUTED[-1]) * ROW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'aria-label="Six stages and what passes between them">',
        f"<style>{STYLE}</style>",
        '<defs><marker id="tip" markerWidth="9" markerHeight="9" refX="8" refY="4.5" orient="auto">'
        '<path class="hot" d="M0,0 L9,4.5 L0,9 z"/></marker></defs>',
        f'<rect class="paper" width="{WIDTH}" height="{height}" rx="8"/>',
    ]
    for number, name in enumerate(names):
        does, passes = TEXTS[name]
        y = TOP + number * ROW
        parts += [
            f'<rect class="box" x="14" y="{y}" width="560" height="54" rx="8"/>',
            f'<text class="name" x="30" y="{y + 34}">{escape(name)}</text>',
            f'<text class="small" x="176" y="{y + 33}">{escape(does)}</text>',
            f'<path class="line" d="M90,{y + 54} V{y + ROW - (0 if number < len(names) - 1 else 10)}"/>',
            f'<text class="small" x="104" y="{y + 74}">{escape(passes)}</text>',
        ]
    parts += [
        f'<path class="again" marker-end="url(#tip)" d="M574,{end + 27} H610 V{again + 27} H578"/>',
        f'<text class="small" x="622" y="{(again + end) // 2 + 10}">too few winners:</text>',
        f'<text class="small" x="622" y="{(again + end) // 2 + 30}">one rung up the ladder,</text>',
        f'<text class="small" x="622" y="{(again + end) // 2 + 50}">from inference again</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
