"""What of one record an asker sees: fields by their disclosure, personal data masked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from xinyong.catalog.model import Field, Item
from xinyong.disclosure.asker import SEES
from xinyong.foundation import keys
from xinyong.kernel.detect import mask_personal
from xinyong.kernel.masking import mask, mask_name, mask_person_id

NATURAL = "自然人"
SHORT = 100  # texts up to here come again and again: names of authorities, kinds of violation
Plan = tuple[tuple[str, str, Callable[[str], str] | None, Field], ...]
_plans: dict[tuple[int, str, bool], tuple[Item, Plan]] = {}


def shown(item: Item, values: Mapping[str, str], role: str, *, natural: bool) -> dict[str, str]:
    """Field code → text as this role sees it; what it may not see is left out."""
    return {code: text for code, _, text, _ in told(item, values, role, natural=natural)}


def told(
    item: Item, values: Mapping[str, str], role: str, *, natural: bool
) -> list[tuple[str, str, str, Field]]:
    """(code, name, text, field) of each field that this role sees, in the item's order."""
    found = []
    for code, name, masked, f in _plan(item, role, natural):
        if value := values.get(code):
            found.append((code, name, _masked(masked, value, f), f))
    return found


def _masked(usual: Callable[[str], str] | None, value: str, f: Field) -> str:
    if usual is not _own and value.startswith(keys.SEALED):  # sealed, whatever the item calls it by now
        return _person(f)(value)
    return value if usual is None else usual(value)


def _plan(item: Item, role: str, natural: bool) -> Plan:
    """Which fields, and how each is masked: the same for all records of an item, so found out once."""
    key = (id(item), role, natural)
    known = _plans.get(key)
    if known is None or known[0] is not item:
        if len(_plans) > 1_000:  # rulebooks come and go
            _plans.clear()
        fields = [f for f in item.fields if f.disclosure in SEES[role]]
        plan = tuple((f.code, f.name, _how(f, role, natural), f) for f in fields)
        known = _plans[key] = (item, plan)
    return known[1]


def _how(f: Field, role: str, natural: bool) -> Callable[[str], str] | None:
    """How a field is masked for a role; None: not at all."""
    if role == "subject":
        return _own
    if f.personal:
        return _person(f)
    if natural and f.role == "subject_name":
        return mask_name
    if f.disclosure == "authorised":
        kept = f.mask or (0, 0)
        return lambda value: mask(value, kept)
    if role == "public" and f.type == "text" and not f.check:
        return _free if f.free_text else _plain  # an organisation's registered address is public
    return None


def _own(value: str) -> str:
    """Its own archive."""
    return keys.unseal(value)


def _person(f: Field) -> Callable[[str], str]:
    kept = f.mask

    def masked(value: str) -> str:
        plain = keys.unseal(value)
        return mask(plain, kept) if kept else mask_person_id(plain)

    return masked


def _free(value: str) -> str:
    return _found_again(value, True) if len(value) <= SHORT else mask_personal(value, addresses=True)


def _plain(value: str) -> str:
    return _found_again(value, False) if len(value) <= SHORT else mask_personal(value, addresses=False)


@lru_cache(maxsize=8_192)
def _found_again(value: str, addresses: bool) -> str:
    return mask_personal(value, addresses=addresses)
