"""Pages written by hand leave nothing out and promise nothing that is not there."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache

import click
import pytest
import typer

from tests.docs.conftest import DOCS, ROOT

CODE = re.compile(r"`([^`]+)`")


def page(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def first_cells(text: str) -> list[str]:
    """What stands in backquotes in the first column of the page's tables."""
    return [m[1] for line in text.splitlines() if (m := re.match(r"\| `([^`]+)` \|", line))]


# environment variables


def environment_variables() -> set[str]:
    found = set()
    for path in (ROOT / "xinyong").rglob("*.py"):
        found |= {name for node in ast.walk(ast.parse(path.read_text("utf-8"))) for name in _asked(node)}
    return found


def _asked(node: ast.AST) -> Iterator[str]:
    """`os.environ.get("X")`, `.setdefault("X", …)`, `os.environ["X"]`, `os.getenv("X")`."""
    if isinstance(node, ast.Call) and node.args:
        asks = ast.unparse(node.func) in (
            "os.environ.get",
            "os.environ.setdefault",
            "os.environ.pop",
            "os.getenv",
        )
        given = node.args[0] if asks else None
    elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
        given = node.slice
    else:
        return
    if isinstance(given, ast.Constant):
        yield str(given.value)


def test_every_environment_variable_is_documented() -> None:
    assert environment_variables() - set(first_cells(page("settings.md"))) == set()


def test_no_documented_environment_variable_is_unknown_to_the_code() -> None:
    of_make = page("settings.md").split("## make 的变量")
    assert set(first_cells(of_make[0])) - environment_variables() == set()
    makefile = (ROOT / "Makefile").read_text("utf-8")
    assert [v for v in first_cells(of_make[1]) if not re.search(rf"^{v} \?=", makefile, re.M)] == []


# the command line


@cache
def commands() -> dict[str, click.Command]:
    """By name; a command of a group by both words."""
    from xinyong.cli.main import app

    found: dict[str, click.Command] = {}
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        within = getattr(command, "commands", None)
        found |= {f"{name} {k}": c for k, c in within.items()} if within else {name: command}
    return found


def options(command: click.Command) -> set[str]:
    return {o for p in command.params for o in (*p.opts, *p.secondary_opts) if o.startswith("--")} - {
        "--help"
    }


@cache
def sections() -> dict[str, str]:
    parts = re.split(r"^### xinyong ", page("命令行.md"), flags=re.M)[1:]
    return {_name(part.splitlines()[0].split()): part for part in parts}


def _name(words: list[str]) -> str:
    """The command that begins with `words`: two words for a command of a group."""
    both = " ".join(words[:2])
    return both if both in commands() else words[0]


def test_every_command_has_its_section_and_no_section_is_without_a_command() -> None:
    assert set(sections()) == set(commands())


@pytest.mark.parametrize("name", sorted(commands()))
def test_the_options_of_a_command_are_documented_exactly(name: str) -> None:
    told = {cell.split()[0] for cell in first_cells(sections().get(name, "")) if cell.startswith("--")}
    assert told == options(commands()[name])


def test_commands_in_the_manuals_exist() -> None:
    """Every `xinyong …` in a code block or in backquotes names a command and options it has."""
    wrong = []
    for path in [ROOT / "README.md", *DOCS.glob("*.md"), *DOCS.glob("systemd/*")]:
        for line in _called(path.read_text("utf-8"), path.suffix != ".md"):
            name = _name(line.split())
            given = {w for w in line.split() if w.startswith("--")}
            if name not in commands() or given - options(commands()[name]) - {"--help"}:
                wrong.append((path.name, line))
    assert wrong == []


def _called(text: str, whole: bool) -> Iterator[str]:
    prose = re.sub(r"```.*?```", "", text, flags=re.S)
    blocks = [text] if whole else re.findall(r"```sh\n(.*?)```", text, re.S) + CODE.findall(prose)
    for block in blocks:
        for line in block.splitlines():
            if m := re.search(r"(?:^|/|\s|&& )xinyong ([a-z][a-z-]*(?: .*)?)$", line.split("#")[0].rstrip()):
                yield m[1]


# dependencies


def declared() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return {re.match(r"[A-Za-z0-9_.-]+", d)[0] for group in groups for d in group}  # type: ignore[index]


def test_every_direct_dependency_has_its_sentence_and_licence() -> None:
    rows = [line.split("|") for line in page("dependencies.md").splitlines() if line.startswith("| `")]
    told = {cells[1].strip(" `"): cells for cells in rows}
    assert set(told) == declared()
    assert all(cells[2].strip() and cells[3].strip() for cells in rows)


# the main path, links, and what may not be said


def test_the_main_path_in_the_readme_leads_through_real_functions() -> None:
    chain = re.findall(r"(xinyong/\S+\.py):(\S+)", (ROOT / "README.md").read_text("utf-8"))
    assert len(chain) >= 10
    assert [f"{file}:{name}" for file, name in chain if name not in _functions(file)] == []


def _functions(file: str) -> set[str]:
    names = set()
    for node in ast.parse((ROOT / file).read_text("utf-8")).body:
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{f.name}" for f in node.body if isinstance(f, ast.FunctionDef)}
        elif isinstance(node, ast.FunctionDef):
            names.add(node.name)
    return names


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for path in [ROOT / "README.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text("utf-8")):
            written_by_bench = target.endswith("performance.md")
            if "://" not in target and not written_by_bench and not (path.parent / target).exists():
                broken.append((path.name, target))
    assert broken == []


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(int(p.name[:4]) for p in (DOCS / "adr").glob("*.md"))
    assert numbers == list(range(1, len(numbers) + 1))


def test_every_decision_gives_context_options_decision_and_price() -> None:
    for path in (DOCS / "adr").glob("*.md"):
        text = path.read_text("utf-8")
        assert [h for h in ("Context", "Options", "Decision", "Price") if f"**{h}.**" not in text] == [], (
            path.name
        )
