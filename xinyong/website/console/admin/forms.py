"""Forms of the administrators."""

from __future__ import annotations

from django import forms

from xinyong.foundation.accounts import HELD, LONGEST_NAME, ROLES

GIVEN = [(role, ROLES[role]) for role in HELD if role != "subject"]  # a subject registers, and is verified


class NewAccount(forms.Form):
    username = forms.CharField(label="用户名", max_length=LONGEST_NAME, help_text="登录时用，以后不能改。")
    display_name = forms.CharField(label="姓名", max_length=100)
    proposed_role = forms.ChoiceField(
        label="拟授予的角色", choices=GIVEN, help_text="由安全管理员核准后生效。"
    )
    provider = forms.CharField(
        label="所属单位统一社会信用代码", max_length=18, required=False, help_text="部门和机构的人员必填。"
    )
    email = forms.EmailField(label="邮箱", required=False)


class EditAccount(forms.Form):
    display_name = forms.CharField(label="姓名", max_length=100)
    email = forms.EmailField(label="邮箱", required=False)


class Grant(forms.Form):
    role = forms.ChoiceField(label="授予的角色", choices=GIVEN)
    provider = forms.CharField(label="所属单位统一社会信用代码", max_length=18, required=False)


class Verify(forms.Form):
    basis = forms.CharField(
        label="核验了什么材料", max_length=300, help_text="例如：营业执照原件、经办人身份证原件和授权书。"
    )
