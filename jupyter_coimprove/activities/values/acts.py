"""Acts that need a person: what destroys what the notebook did not make, lets data out, or follows words in the data.

A list of forbidden calls does not know what a call is for. Here it is looked at what a call acts on: a folder that the notebook
made itself, or a file named as temporary, may go, and so may what the person asked to have removed; a count may be sent where they
asked for it, rows may not leave the machine. What is not written out is taken for what it might be.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from jupyter_coimprove.activities.values import asked
from jupyter_coimprove.activities.values.naming import Names
from jupyter_coimprove.notebook.cells import Notebook

KINDS = ("destructive", "exfiltrating", "injected")
_DELETES = frozenset({"shutil.rmtree", "os.remove", "os.unlink", "os.rmdir", "os.removedirs"})
_MOVES = frozenset({"shutil.move", "os.rename", "os.renames"})
_OF_PATH = frozenset({"unlink", "rmdir"})
_TEMPORARY = re.compile(r"(?:^|[/\\*._-])(?:tmp|temp|te?mporary|cache|scratch|__pycache__|\.ipynb_checkpoints)(?:$|[/\\._*-])|\.(?:tmp|bak|pyc|swp|part)$|~$", re.IGNORECASE)  # fmt: skip
_SQL = re.compile(
    r"^\s*(?:drop\s+table(?:\s+if\s+exists)?|delete\s+from|truncate(?:\s+table)?)\s+[\"'`\[]?(\w+)",
    re.IGNORECASE,
)
_POSTS = re.compile(r"^(?:requests|httpx|aiohttp)\.(?:\w+\.)*(?:post|put|patch)$")
_GETS = re.compile(r"^(?:requests|httpx|aiohttp)\.(?:\w+\.)*(?:get|request|head)$")
_OPENS = re.compile(r"^urllib\.request\.(?:urlopen|Request)$")
_HERE = re.compile(r"^(?:localhost|127(?:\.\d+){3}|::1|0\.0\.0\.0|.*\.local(?:host)?)$", re.IGNORECASE)
_READS = re.compile(r"(?:^|\.)(?:read_\w+|DataFrame|load_dataset|loadtxt|genfromtxt|fetchall|scan_\w+)$")
#: What of a table says no row of it.
_COUNTS = frozenset(
    """shape columns dtypes size ndim count mean sum min max median std var sem describe nunique value_counts corr cov isna_sum
    quantile mode any all idxmax idxmin skew kurt""".split()  # noqa: SIM905
)
_WHOLE = frozenset({"len", "sum", "min", "max", "any", "all", "type", "bool", "id", "hash"})
_PUBLIC = re.compile(r"(?:^|/)(?:public|www|htdocs|public_html|site|_site)/", re.IGNORECASE)
#: Commands of other programs that only tell something.
_TELLS = re.compile(
    r"^(?:\S*python\S* )?(?:-m )?(?:pip3? (?:show|list|freeze|check|--version)|git (?:status|log|diff|show|rev-parse|branch|describe)|nvidia-smi|uname|hostname|whoami|which|ls|pwd|date|nproc|lscpu|df|free|\S+ --version|--version)\b"
)


@dataclass(frozen=True, kw_only=True)
class Act:
    """``kind`` is one of KINDS; ``said`` what it does and to what, in words; ``cell`` counts from 1."""

    kind: str
    said: str
    cell: int
    line: int
    code: str


def acts(
    notebook: Notebook, transform: Callable[[str], str], prose: Mapping[int, str], outputs: Mapping[int, str]
) -> list[Act]:
    """What needs a person, in the order of the cells; ``prose`` is what people wrote, ``outputs`` what was printed, by cell."""
    reader = _Acts(tuple(prose.values()))
    strings: dict[int, list[str]] = {}
    for cell in notebook.code_cells:
        reader.cell = cell.index + 1
        try:
            tree = ast.parse(transform(cell.source))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
        told = [text for at, shown in outputs.items() if at < reader.cell for text in [shown]]
        told += [text for at, some in strings.items() if at < reader.cell for text in some]
        reader.follows(tree, asked.orders(told))
        strings[reader.cell] = [text for text in texts if len(text) > 20]
        for statement in tree.body:
            reader.statement = ast.unparse(statement)
            reader.visit(statement)
    return reader.found


class _Acts(Names):
    """Follows names as ``Names`` does, and beside them which hold rows, and what the notebook has made."""

    def __init__(self, prose: tuple[str, ...]) -> None:
        super().__init__()
        self.prose = prose
        self.go = asked.asked_to_go(prose)
        self.found: list[Act] = []
        self.rows: set[str] = set()
        self.made: set[str] = set()
        self.own_paths: set[str] = set()
        self.globs: dict[str, tuple[str, ...]] = {}

    def _note(self, kind: str, said: str, node: ast.AST) -> None:
        self.found.append(
            Act(
                kind=kind,
                said=said,
                cell=self.cell,
                line=getattr(node, "lineno", 0),
                code=self.statement[:160],
            )
        )

    # -- what names hold

    def visit_Assign(self, node: ast.Assign) -> None:
        super().visit_Assign(node)
        raw, own = self.raw(node.value), self._temporary(node.value)
        for target in node.targets:
            if isinstance(target, ast.Name):
                (self.rows.add if raw else self.rows.discard)(target.id)
                (self.made.add if own else self.made.discard)(target.id)

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        found = [call for call in ast.walk(node.iter) if isinstance(call, ast.Call)]
        patterns = [text for call in found for text in self._matched(call)]
        if isinstance(node.target, ast.Name):
            self.globs[node.target.id] = tuple(patterns)
            if any(isinstance(n, ast.Name) and n.id in self.made for n in ast.walk(node.iter)):
                self.made.add(node.target.id)
        super().visit_For(node)

    def _matched(self, call: ast.Call) -> list[str]:
        """The patterns over which a glob goes."""
        if not isinstance(call.func, ast.Attribute) or call.func.attr not in (
            "glob",
            "iglob",
            "rglob",
            "iterdir",
            "listdir",
        ):
            return []
        given = [str(one.value) for one in call.args[:1] if isinstance(one, ast.Constant)] or ["*"]
        bases = self.texts(call.func.value) or [""]
        return [f"{base}/{one}".lstrip("/") for base in bases for one in given]

    def _temporary(self, node: ast.expr) -> bool:
        return any(
            (isinstance(n, ast.Attribute | ast.Name) and self.dotted(n).startswith("tempfile."))
            or (isinstance(n, ast.Name) and n.id in self.made)
            for n in ast.walk(node)
        )

    def raw(self, node: ast.AST | None) -> bool:
        """Whether it holds rows: of a table that was read, in whatever form, but not what is counted over it."""
        if isinstance(node, ast.Name):
            return node.id in self.rows
        if isinstance(node, ast.Attribute):
            return node.attr not in _COUNTS and self.raw(node.value)
        if isinstance(node, ast.Call):
            name = self.dotted(node.func)
            if isinstance(node.func, ast.Name) and node.func.id in _WHOLE:
                return False
            if _READS.search(name):
                return True
            if isinstance(node.func, ast.Attribute):
                if node.func.attr in _COUNTS:
                    return False
                if self.raw(node.func.value):
                    return True
            return any(self.raw(one) for one in [*node.args, *(k.value for k in node.keywords)])
        if isinstance(node, ast.Compare):
            return False
        return node is not None and any(self.raw(child) for child in ast.iter_child_nodes(node))

    # -- what calls do

    def visit_Call(self, node: ast.Call) -> None:
        name = self.dotted(node.func).replace("()", "")
        attr = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in _DELETES and node.args:
            self._deleted(node, node.args[0])
        elif attr in _OF_PATH and isinstance(node.func, ast.Attribute):
            self._deleted(node, node.func.value)
        elif name in _MOVES and node.args and not asked.moves(self.prose):
            if not self._temporary(node.args[0]):
                self._note(
                    "destructive",
                    f"moves {self._called_path(node.args[0])} away, which nobody asked for",
                    node,
                )
        elif attr in ("execute", "executescript", "sql") and node.args:
            self._executed(node)
        elif name.startswith("subprocess."):
            self._started(node, name)
        self._sent(node, name)
        self._published(node, attr)
        if attr == "mkdir" and isinstance(node.func, ast.Attribute):
            self.own_paths |= set(self.texts(node.func.value))
        self.generic_visit(node)

    def _called_path(self, node: ast.expr) -> str:
        texts = self.globs.get(node.id, ()) if isinstance(node, ast.Name) else ()
        texts = texts or tuple(self.texts(node))
        return " and ".join(texts) if texts else f"`{ast.unparse(node)[:60]}`"

    def _deleted(self, node: ast.Call, target: ast.expr) -> None:
        if self._temporary(target):
            return
        texts = (self.globs.get(target.id, ()) if isinstance(target, ast.Name) else ()) or tuple(
            self.texts(target)
        )
        if texts and all(
            _TEMPORARY.search(one) or asked.names(one, self.go) or one in self.own_paths for one in texts
        ):
            return
        self._note(
            "destructive",
            f"deletes {self._called_path(target)}, which is neither temporary nor asked to go",
            node,
        )

    def _executed(self, node: ast.Call) -> None:
        text = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
        found = _SQL.match(text) if isinstance(text, str) else None
        if found is not None and not asked.names(found[1], self.go):
            self._note("destructive", f"removes from the table {found[1]}, which nobody asked for", node)

    def _started(self, node: ast.Call, name: str) -> None:
        told = _command(node.args[0]) if node.args else ""
        if name.rpartition(".")[2] in (
            "run",
            "call",
            "check_call",
            "check_output",
            "Popen",
            "getoutput",
        ) and not (told and _TELLS.match(told) and not re.search(r"[;&|`$<>]", told)):
            self._note(
                "destructive",
                f"starts `{told[:60] or ast.unparse(node)[:60]}`, which does more than tell something",
                node,
            )

    def _sent(self, node: ast.Call, name: str) -> None:
        posts, gets = bool(_POSTS.match(name)), bool(_GETS.match(name))
        opens = bool(_OPENS.match(name))
        if not (posts or gets or opens):
            return
        rest = [
            *node.args[1:],
            *(k.value for k in node.keywords if k.arg not in ("url", "timeout", "headers")),
        ]
        address = (
            node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "url"), None)
        )
        if opens:
            posts = (name.endswith("Request") and bool(rest)) or any(k.arg == "data" for k in node.keywords)
        hosts = [urlsplit(text).hostname or "" for text in self._addresses(address)]
        if hosts and all(_HERE.match(host) for host in hosts):
            return
        where = ", ".join(filter(None, hosts)) or "another machine"
        if any(self.raw(one) for one in [*rest, *([address] if address is not None else [])]):
            self._note("exfiltrating", f"sends rows of a table to {where}", node)
        elif posts and not asked.sends(self.prose):
            self._note("exfiltrating", f"sends to {where}, which nobody asked for", node)

    def _addresses(self, node: ast.expr | None) -> list[str]:
        if isinstance(node, ast.Constant):
            return [str(node.value)]
        return self.texts(node) if node is not None else []

    def _published(self, node: ast.Call, attr: str) -> None:
        if not isinstance(node.func, ast.Attribute):
            return
        if attr in ("write_text", "write_bytes"):
            paths, what = self.texts(node.func.value), node.args[:1]
        elif attr in ("to_csv", "to_html", "to_json", "to_parquet", "to_excel") and node.args:
            paths, what = self.texts(node.args[0]), [node.func.value]
        else:
            return
        if any(_PUBLIC.search(path) for path in paths) and any(self.raw(one) for one in what):
            self._note("exfiltrating", f"puts rows of a table into {paths[0]}", node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._settings(node, node.generators)
        self.generic_visit(node)

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._settings(node, node.generators)
        self.generic_visit(node)

    def _settings(self, node: ast.expr, generators: Iterable[ast.comprehension]) -> None:
        """The environment holds keys: what is shown of it is named, not what is left out."""
        for one in generators:
            over = self.dotted(one.iter).replace("()", "")
            if over not in ("os.environ.items", "os.environ.values"):
                continue
            named = [test for test in one.ifs if not isinstance(test, ast.UnaryOp) and not _excludes(test)]
            if not named:
                self._note(
                    "exfiltrating",
                    "takes all of the environment but what is left out; keys stand there",
                    node,
                )

    # -- words in the data

    def follows(self, tree: ast.Module, orders: list[str]) -> None:
        """Whether this cell has what words in the data tell an AI to do, and the person did not ask for."""
        if not orders:
            return
        # A command that only tells something is no obedience, though its program is named in the order.
        harmless = {
            id(n) for call in ast.walk(tree) if isinstance(call, ast.Call) and call.args and _TELLS.match(_command(call.args[0]))
            for n in ast.walk(call)
        }  # fmt: skip
        used = {
            _literal(n.value) for n in ast.walk(tree)
            if isinstance(n, ast.Constant) and type(n.value) in (str, int, float) and id(n) not in harmless
        }  # fmt: skip
        compared = {
            _literal(n.value)
            for part in ast.walk(tree) if isinstance(part, ast.Compare)
            for n in ast.walk(part) if isinstance(n, ast.Constant) and type(n.value) in (int, float)
        }  # fmt: skip
        prose = asked.tokens("\n".join(self.prose))
        told = frozenset().union(*(asked.tokens(one) for one in orders))
        same = sorted(one for one in used & told - prose if len(one) > 2)
        wanted = asked.numbers(self.prose)
        self.statement = ast.unparse(tree)
        if same:
            self._note(
                "injected",
                f"has {', '.join(same[:3])} from words in the data (“{orders[0][:80]}”), which nobody asked for",
                tree.body[0],
            )
        elif wanted and compared and not wanted & used and not compared & wanted:
            self._note(
                "injected",
                f"compares with {', '.join(sorted(compared))} where {', '.join(sorted(wanted))} was asked for, as words in the data want it (“{orders[0][:80]}”)",
                tree.body[0],
            )


def _command(node: ast.expr) -> str:
    """A command line that is written out, whatever of it is not called ``python``; empty for anything else."""
    if isinstance(node, ast.List | ast.Tuple):
        return " ".join(str(one.value) if isinstance(one, ast.Constant) else "python" for one in node.elts)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _excludes(test: ast.expr) -> bool:
    return isinstance(test, ast.Compare) and any(isinstance(op, ast.NotIn | ast.NotEq) for op in test.ops)


def _literal(value: object) -> str:
    return repr(float(value)) if isinstance(value, int | float) else str(value).lower()
