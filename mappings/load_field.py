"""One field of a kind, of a group or of a certificate format: a data element in its place."""

from __future__ import annotations

from mappings.dictionary import Dictionary
from mappings.element import Field, Filler
from mappings.table import Table


def load_field(table: Table, dictionary: Dictionary) -> Field:
    """Raises BadKind where the dictionary has no such element, or a key is unknown."""
    use = table.take("use", str)
    element = dictionary.elements.get(use)
    if element is None:
        raise table.bad(f"the dictionary has no data element '{use}'")
    field = Field(
        element,
        required=table.flag("required"),
        by=table.choice("by", Filler, Filler.ENTERPRISE),
        zh=table.take("zh", str, element.zh),
        en=table.take("en", str, element.en),
    )
    table.done()
    return field
