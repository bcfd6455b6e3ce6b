"""What holds for every file of the repository: no place of one machine, no host of a registry, no sprawl."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Put together from pieces, so that this file does not contain what it forbids.
HOSTS = [
    re.escape(".".join(parts))
    for parts in (
        ("pypi", "org"), ("python" + "hosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("yarnpkg", "com"),
        ("anaconda", "org"), ("download", "pytorch", "org"), ("crates", "io"), ("deb", "debian", "org"),
    )
]  # fmt: skip
OPTIONS = ["--" + "index-url", "--" + "extra-index-url", "--" + "find-links", "registry" + "=http"]
PRIVATE = ["/" + folder + "/" for folder in ("root", "work")] + [r"/(?:home|Users)" + r"/[a-z][a-z0-9_-]*/"]
UNFINISHED = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "Not" + "ImplementedError", "pragma: no " + "cover"]
LONGEST = 400


def tracked() -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (path := ROOT / name).is_file():
            yield path


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Every tracked text file by its path; a source distribution has no git and nothing to check."""
    out = {}
    for path in tracked():
        try:
            out[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            assert path.suffix in {".png", ".gif", ".ico", ".woff2"}, f"{path} is neither text nor a picture"
    assert len(out) > 20
    return out


def lines_matching(texts: dict[str, str], pattern: str, suffixes: tuple[str, ...] = ()) -> list[str]:
    wanted = re.compile(pattern)
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in texts.items()
        if not suffixes or name.endswith(suffixes)
        for number, line in enumerate(text.splitlines(), 1)
        if wanted.search(line)
    ]


def test_no_file_names_the_host_of_a_package_registry(texts: dict[str, str]) -> None:
    assert lines_matching(texts, "|".join([*HOSTS, *OPTIONS])) == []


def test_no_file_names_a_folder_of_one_machine(texts: dict[str, str]) -> None:
    assert lines_matching(texts, rf"(?<![\w./:}}\]])(?:{'|'.join(PRIVATE)})") == []


def test_no_lock_file_is_kept_but_the_one_that_names_no_host(texts: dict[str, str]) -> None:
    locks = {name for name in texts if name.endswith((".lock", "-lock.json", "-lock.yaml"))}
    assert locks <= {"labextension/package-lock.json"}


#: Made from the views and compared with them in tests/wire; nobody reads it from top to bottom.
GENERATED = "labextension/src/api/wire.ts"


def test_no_module_is_longer_than_four_hundred_lines(texts: dict[str, str]) -> None:
    long = {
        n: t.count("\n")
        for n, t in texts.items()
        if n.endswith((".py", ".ts", ".tsx")) and t.count("\n") > LONGEST and n != GENERATED
    }
    assert long == {}


def test_nothing_is_left_unfinished(texts: dict[str, str]) -> None:
    assert (
        lines_matching(texts, r"\b(?:" + "|".join(UNFINISHED) + r")\b", (".py", ".ts", ".tsx", ".md")) == []
    )


def test_the_root_holds_only_what_the_design_lists(texts: dict[str, str]) -> None:
    top = {name.split("/")[0] for name in texts}
    assert {name for name in top if not name.startswith(".")} <= {
        "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "SECURITY.md",
        "jupyter_coimprove", "labextension", "notebooks", "pyproject.toml", "tests",
    }  # fmt: skip


def test_data_used_in_trials_is_not_copied_in(texts: dict[str, str]) -> None:
    size = sum(len(text) for name, text in texts.items() if name.startswith("tests/"))
    assert size < 3_000_000


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "SECURITY.md", "README.md"])
def test_every_path_a_document_names_exists(document: str) -> None:
    paths = set(
        re.findall(
            r"`((?:jupyter_coimprove|notebooks|tests|labextension|\.ci|\.github)/[\w./-]*)`",
            (ROOT / document).read_text(encoding="utf-8"),
        )
    )
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_the_map_of_the_code_has_every_package() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    packages = {path.parent.name for path in (ROOT / "jupyter_coimprove").glob("*/__init__.py")}
    assert {name for name in packages if f"| `{name}/` |" not in text} == set()


def test_every_target_of_the_makefile_is_in_its_help(texts: dict[str, str]) -> None:
    phony = re.search(r"^\.PHONY: (.*)$", texts["Makefile"], re.M)
    assert phony is not None
    targets = set(phony[1].split()) - {"help"}
    assert targets <= set(re.findall(r'"make (\w+)', texts["Makefile"]))
