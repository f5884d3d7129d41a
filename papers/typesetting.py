"""Setting a page: a template of typst and one JSON value, of which nothing is read as markup. Needs the extra `papers`.

What the font has no sign for is told, never left out.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from papers.errors import PaperError
from papers.font import missing

EXTRA = "papers"


def typeset(template: Traversable, data: object, *, date: str) -> bytes:
    """PDF. date: YYYY-MM-DD, its time: the same data give the same bytes. Raises PaperError: PAPER_TOOL where a tool is not
    installed, PAPER_GLYPH for a character that the font does not have."""
    typst, fonts = _tools()
    content = json.dumps(data, ensure_ascii=False)
    if lost := "".join(sorted({c for font in sorted(fonts.glob("*.ttc")) for c in missing(content, font)})):
        raise PaperError("PAPER_GLYPH", found=" ".join(f"{c} (U+{ord(c):04X})" for c in lost))
    made = typst.compile(
        template.read_text(encoding="utf-8").encode(),
        font_paths=[str(fonts)],
        ignore_system_fonts=True,
        sys_inputs={"document": content},
        timestamp=int(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp()),
    )
    return bytes(made)


def _tools() -> tuple[Any, Path]:
    try:
        import noto_cjk_sans_otc
        import typst
    except ImportError as missing:
        raise PaperError("PAPER_TOOL", missing=str(missing.name), extra=EXTRA) from missing
    return typst, Path(noto_cjk_sans_otc.__file__).parent
