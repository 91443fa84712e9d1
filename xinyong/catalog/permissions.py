"""The permission matrix: which role may do what. Website, API and commands ask here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from xinyong.foundation.accounts import ADMINS, HELD, ROLES, STAFF
from xinyong.foundation.audit import Who
from xinyong.kernel.errors import Fault, NotPermitted

GROUPS = {"everyone": tuple(ROLES), "signed_in": HELD, "staff": STAFF}
SHARED = ("公共", "本人账户")  # areas in which the three administrators may meet


@dataclass(frozen=True, slots=True)
class Action:
    """What can be done, and by which roles. `page`: the URL name that stands in the side navigation."""

    id: str
    name: str
    area: str
    roles: frozenset[str]
    purpose: bool = False
    logged: bool = False
    page: str = ""
    label: str = field(default="")
    note: str = ""


Matrix = Mapping[str, Action]


def action(raw: Mapping[str, Any]) -> Action:
    """One entry of permissions.yaml, groups of roles written out."""
    roles = (GROUPS.get(role, (role,)) for role in raw["roles"])
    return Action(**(dict(raw) | {"roles": frozenset(r for group in roles for r in group)}))


def may(matrix: Matrix, role: str, action_id: str) -> bool:
    """Whether `role` may do `action_id`. Fault: no such action, so that a misspelling opens nothing."""
    return role in known(matrix, action_id).roles


def known(matrix: Matrix, action_id: str) -> Action:
    if action_id not in matrix:
        raise Fault("unknown_action", f"权限矩阵中没有“{action_id}”；请在 permissions.yaml 中登记后重试。")
    return matrix[action_id]


def require(matrix: Matrix, who: Who, action_id: str) -> Action:
    """The action, when `who` may do it. NotPermitted: the role may not, or no purpose was given where one is asked."""
    wanted = known(matrix, action_id)
    if who.role not in wanted.roles:
        raise NotPermitted(
            "role_may_not",
            f"“{ROLES.get(who.role, who.role)}”没有“{wanted.name}”的权限；需要的，请向安全管理员申请相应角色。",
        )
    if wanted.purpose and not who.purpose.strip():
        raise NotPermitted("purpose_missing", f"“{wanted.name}”要写明用途；请填写用途后重试。")
    return wanted


def meeting(actions: Iterable[Action]) -> list[tuple[Action, tuple[str, ...]]]:
    """Actions that more than one of the three administrators may do, outside the shared areas."""
    found = []
    for each in actions:
        admins = tuple(a for a in ADMINS if a in each.roles)
        if len(admins) > 1 and each.area not in SHARED:
            found.append((each, admins))
    return found
