"""Components stand among the first ten, however many settings a notebook has."""

from __future__ import annotations

from collections.abc import Callable

from jupyter_coimprove.notebook.candidates import Reading
from jupyter_coimprove.notebook.room import COMPONENTS, FIRST

Read = Callable[..., Reading]

SETTINGS = """class Glacier:
    lr = 0.01
    weight_decay = 1e-3
    momentum = 0.9
    dropout = 0.2
    hidden = 64
    depth = 3
    epochs = 20
    clip = 1.0
    noise = 0.1
    patience = 5
    smoothing = 0.1
    warmup = 10
"""
NET = """class Melt(nn.Module):
    def __init__(self, g):
        super().__init__()
        self.inp = nn.Linear(8, g.hidden)
        self.norm = nn.LayerNorm(g.hidden)
        self.mid = nn.Linear(g.hidden, g.hidden)
        self.out = nn.Linear(g.hidden, 1)
        self.drop = nn.Dropout(g.dropout)

    def forward(self, x):
        h = self.norm(self.inp(x))
        h = h + self.drop(self.mid(h))
        return self.out(h)
"""
TRAIN = """def run(g):
    net = Melt(g)
    opt = torch.optim.SGD(net.parameters(), lr=g.lr, momentum=g.momentum, weight_decay=g.weight_decay)
    sched = warm(opt, g.warmup, g.patience)
    for _ in range(g.epochs):
        loss = mse(net(X + g.noise * torch.randn_like(X)), y) + g.smoothing * rough(net, g.depth)
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), g.clip)
        opt.step()
        sched.step()
    return rmse(net(X_test), y_test)
"""


def test_three_components_stand_beside_many_settings(reading: Read) -> None:
    read = reading(SETTINGS, NET, TRAIN, "test_rmse = run(Glacier())\nprint(test_rmse)")
    first = read.candidates[:FIRST]
    taken_out = [c.name for c in first if c.operator != "set"]
    assert len(taken_out) >= COMPONENTS, [(c.name, c.score) for c in read.candidates[:20]]
    assert "Melt.norm" in taken_out
    assert {"Glacier.lr", "Glacier.weight_decay", "Glacier.momentum", "Glacier.dropout"} <= {
        c.name for c in first
    }
    scores = [c.score for c in read.candidates]
    assert scores == sorted(scores, reverse=True)


def test_where_there_are_no_components_the_settings_stay(reading: Read) -> None:
    read = reading(SETTINGS, "test_rmse = simulate(Glacier())")
    assert [c.operator for c in read.candidates[:FIRST]] == ["set"] * FIRST
