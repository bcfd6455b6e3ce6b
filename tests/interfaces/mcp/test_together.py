"""Ideas and values over MCP: a client's model reads what is computed, and what it proposes waits for a person."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jupyter_coimprove.interfaces.mcp import calling
from jupyter_coimprove.interfaces.mcp.folder import Folder
from jupyter_coimprove.workbench import amending, deciding, values
from jupyter_coimprove.workbench.bench import Bench, Where, os_actor


def test_a_client_reads_ideas_and_values_and_proposes_an_idea(folder: Path) -> None:
    asker = calling.Asker(person=os_actor(), client="some-client")

    def called(name: str, **given: Any) -> Any:
        said = calling.carry_out(Folder(root=folder), asker, name, {"notebook": "train.ipynb", **given}, lambda: False)  # fmt: skip
        return said.text if said.failed else json.loads(said.text)

    listed = called("list_ideas")["data"]["ideas"]
    assert any(one["against"] for one in listed)
    assert all(one["idea"].startswith("try ") for one in listed)
    assert "no values are in force" in called("check_values")
    bench = Bench(where=Where(cwd=folder), root_override=folder)
    try:
        deciding.accept(bench, id=values.values(bench, init=True).cards[0].id)
        assert amending.in_force(bench) is not None
        told = called("check_values")["data"]
        assert (told["version"], len(told["principles"])) == (1, 10)
        factor = listed[0]["idea"].removeprefix("try ").partition("=")[0]
        called("propose_idea", factors=[{"name": factor, "levels": ["12345.0"]}], why="It may scale.")
        (mine,) = [item for item in bench.record().find("card") if item.actor.get("kind") == "ai"]
        assert (mine.state, mine.data["card"], mine.actor["display"]) == ("pending", "idea", "some-client")
    finally:
        bench.close()
