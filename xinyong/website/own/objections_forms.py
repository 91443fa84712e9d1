"""What is filled in to object: by the subject itself, or by a window for it."""

from __future__ import annotations

from django import forms

from xinyong.rights import casework
from xinyong.rights.objection import actions
from xinyong.website.own.repairs_forms import AREA, WithFiles


class Objecting(WithFiles):
    case = "objection"

    about = forms.ChoiceField(
        label="异议的类型", choices=list(actions.ABOUT.items()), widget=forms.RadioSelect, initial="record"
    )
    statement = forms.CharField(
        label="哪一项有误，正确的内容是什么",
        max_length=casework.LONGEST,
        widget=AREA,
        help_text="写得越具体，核查越快。",
    )

    def objecting(self) -> actions.Objecting:
        d = self.cleaned_data
        return actions.Objecting(tuple(d["records"]), d["about"], d["statement"], self.uploads())


__all__ = ["Objecting"]
