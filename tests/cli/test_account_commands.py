"""Accounts from the command line: three administrators at the start, four eyes ever after."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

THREE = ("account", "bootstrap", "--system", "甲示例", "--security", "乙示例", "--audit", "丙示例")


@pytest.fixture
def xinyong(district):
    def run(*words, user="engineer"):
        command = [sys.executable, "-c", "from xinyong.cli.main import run; run()", *words]
        return subprocess.run(
            command, capture_output=True, text=True, env={**os.environ, "USER": user}, timeout=600
        )

    return run


def test_the_three_administrators_are_opened_once_each_with_a_password_of_their_own(xinyong, district):
    passwords = json.loads(xinyong(*THREE, "--json").stdout)["passwords"]
    assert len(set(passwords.values())) == 3
    rows = district.owner().execute(
        "SELECT username, role, is_active, must_change_password FROM account ORDER BY id"
    )
    roles = ("system_admin", "security_admin", "audit_admin")
    assert rows.fetchall() == [(n, r, True, True) for n, r in zip(passwords, roles, strict=True)]
    again = xinyong("account", "bootstrap", "--system", "丁", "--security", "戊", "--audit", "己")
    assert again.returncode == 2 and "已经开立过" in again.stderr
    assert district.one("SELECT count(*) FROM account") == 3


def test_one_person_cannot_be_two_administrators(xinyong, district):
    done = xinyong("account", "bootstrap", "--system", "甲", "--security", "甲", "--audit", "丙")
    assert done.returncode == 2 and "三个人" in done.stderr
    assert district.one("SELECT count(*) FROM account") == 0


def test_who_opened_an_account_on_the_server_cannot_grant_it_a_role_there(xinyong, district):
    assert xinyong("account", "create", "丁示例", "--role", "center").returncode == 0
    refused = xinyong("account", "grant", "丁示例", "--role", "center")
    assert refused.returncode == 2 and "不能是同一人" in refused.stderr
    assert xinyong("account", "grant", "丁示例", "--role", "center", user="other").returncode == 0
    listed = json.loads(xinyong("account", "list", "--json").stdout)["accounts"]
    assert [(a["role"], a["active"], a["granted_by"]) for a in listed] == [("center", True, "other")]


def test_emergencies_are_handled_and_stand_in_the_trail(xinyong, district):
    xinyong(*THREE)
    for verb in ("reset-mfa", "reset-password", "unlock", "deactivate", "activate"):
        assert xinyong("account", verb, "丙示例").returncode == 0, verb
    actions = [r[0] for r in district.owner().execute("SELECT action FROM audit_entry ORDER BY id")]
    told = ["account.factor", "account.password", "account.unlock", "account.deactivate", "account.activate"]
    assert actions[-5:] == told
    assert xinyong("account", "unlock", "没有的人").returncode == 2
