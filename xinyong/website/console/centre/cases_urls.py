"""Addresses of repairs, objections and shielding, for departments, windows and the centre."""

from __future__ import annotations

from django.urls import path

from xinyong.website.console.centre import objections as centre_objections
from xinyong.website.console.centre import repairs as centre_repairs
from xinyong.website.console.centre import window
from xinyong.website.console.department import objections, repairs

CENTRE = "console/centre/"
REPAIR, OBJECTION, SHIELD = (
    "console/repairs/<uuid:number>",
    "console/objections/<uuid:number>",
    "console/shieldings",
)

urlpatterns = [
    path(f"{CENTRE}repairs", centre_repairs.Repairs.as_view(), name="centre-repairs"),
    path(f"{CENTRE}repairs/timeliness", centre_repairs.Timeliness.as_view(), name="centre-repair-timeliness"),
    path(f"{CENTRE}repairs/support", centre_repairs.Support.as_view(), name="centre-repair-support"),
    path(f"{CENTRE}repairs/upstream", centre_repairs.EnterUpstream.as_view(), name="centre-repair-upstream"),
    path(f"{CENTRE}repairs/enter", centre_repairs.EnterRepair.as_view(), name="counter-repair"),
    path(f"{CENTRE}cases/window", window.Window.as_view(), name="counter-case"),
    path(f"{CENTRE}objections", centre_objections.Objections.as_view(), name="centre-objections"),
    path(f"{CENTRE}objections/enter", centre_objections.EnterObjection.as_view(), name="counter-objection"),
    path(f"{CENTRE}objections/concerned", centre_objections.EnterConcerned.as_view(), name="counter-concern"),
    path(f"{CENTRE}shieldings", centre_repairs.Shieldings.as_view(), name="centre-shieldings"),
    path(REPAIR, centre_repairs.Repair.as_view(), name="case-repair"),
    path(f"{REPAIR}/files/<int:file>", repairs.File.as_view(), name="case-repair-file"),
    path(f"{REPAIR}/centre/<slug:act>", centre_repairs.Handle.as_view(), name="case-repair-centre"),
    path(f"{REPAIR}/accept/<slug:act>", repairs.Accept.as_view(), name="case-repair-accept"),
    path(f"{REPAIR}/serve/<slug:act>", repairs.Serve.as_view(), name="case-repair-serve"),
    path(f"{REPAIR}/decide/<slug:act>", repairs.DecideOn.as_view(), name="case-repair-decide"),
    path(f"{REPAIR}/result/<slug:act>", centre_repairs.Result.as_view(), name="case-repair-result"),
    path(OBJECTION, centre_objections.Objection.as_view(), name="case-objection"),
    path(f"{OBJECTION}/files/<int:file>", objections.File.as_view(), name="case-objection-file"),
    path(f"{OBJECTION}/centre/<slug:act>", centre_objections.Handle.as_view(), name="case-objection-centre"),
    path(f"{OBJECTION}/answer/<slug:act>", objections.Answer.as_view(), name="case-objection-answer"),
    path(f"{SHIELD}/new", centre_repairs.Shield.as_view(), name="shielding-new"),
    path(f"{SHIELD}/<uuid:number>", centre_repairs.Shielding.as_view(), name="case-shielding"),
    path(f"{SHIELD}/<uuid:number>/<slug:act>", centre_repairs.Lift.as_view(), name="case-shielding-do"),
]
