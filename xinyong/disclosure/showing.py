"""What of one record an asker sees: fields by their disclosure, personal data masked."""

from __future__ import annotations

from collections.abc import Mapping

from xinyong.catalog.model import Field, Item
from xinyong.disclosure.asker import SEES
from xinyong.foundation import keys
from xinyong.kernel.detect import mask_personal
from xinyong.kernel.masking import mask, mask_name, mask_person_id

NATURAL = "自然人"


def shown(item: Item, values: Mapping[str, str], role: str, *, natural: bool) -> dict[str, str]:
    """Field code → text as this role sees it; what it may not see is left out."""
    out = {}
    for f in item.fields:
        value = values.get(f.code)
        if value and f.disclosure in SEES[role]:
            out[f.code] = _masked(f, value, role, natural=natural)
    return out


def _masked(f: Field, value: str, role: str, *, natural: bool) -> str:
    if role == "subject":  # its own archive
        return keys.unseal(value)
    if f.personal or value.startswith(keys.SEALED):
        plain = keys.unseal(value)
        return mask(plain, f.mask) if f.mask else mask_person_id(plain)
    if natural and f.role == "subject_name":
        return mask_name(value)
    if f.disclosure == "authorised":
        return mask(value, f.mask or (0, 0))
    if role == "public" and f.type == "text" and not f.check:
        return mask_personal(value, addresses=f.free_text)  # an organisation's registered address is public
    return value
