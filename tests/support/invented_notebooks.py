"""Small training notebooks of several domains, and what a researcher would vary in each.

Written before the ranking was tuned: they hold it to the kind of code, not to one folder of files.
Each: cells, files beside the notebook, and (cell or file, text, operator) of what must come early.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Invented:
    """``wanted``: (index of the cell or name of the file, a text that the candidate's place is in, operator)."""

    name: str
    cells: tuple[str, ...]
    wanted: tuple[tuple[int | str, str, str], ...]
    beside: dict[str, str] = field(default_factory=dict)


HOUSES = Invented(
    name="house prices, boosted trees",
    cells=(
        "import numpy as np\nimport pandas as pd\nimport lightgbm as lgb\nimport yaml\n"
        "from sklearn.model_selection import train_test_split",
        'setup = yaml.safe_load("""\nmodel:\n  learning_rate: 0.05\n  num_leaves: 31   # deep enough\n'
        '  reg_lambda: 1.0\nsplit:\n  holdout: 0.2\nplots: false\n""")',
        'frame = pd.read_csv("houses.csv")\nframe["rooms_per_person"] = frame["rooms"] / frame["people"]\n'
        'frame["age"] = np.log1p(frame["age"])\nX, y = frame.drop(columns="price"), frame["price"]\n'
        'Xa, Xb, ya, yb = train_test_split(X, y, test_size=setup["split"]["holdout"], random_state=8)',
        'booster = lgb.LGBMRegressor(n_estimators=400, subsample=0.8, **setup["model"], n_jobs=4, verbose=-1)\n'
        "booster.fit(Xa, ya)\nguess = np.maximum(booster.predict(Xb), 0)\n"
        "rmse = float(np.sqrt(((guess - yb) ** 2).mean()))\nprint(f'RMSE {rmse:.2f}')",
    ),
    wanted=(
        (1, "learning_rate: 0.05", "set"), (1, "num_leaves: 31", "set"), (1, "reg_lambda: 1.0", "set"),
        (2, 'frame["rooms_per_person"] = frame["rooms"] / frame["people"]', "drop-statement"),
        (2, 'frame["age"] = np.log1p(frame["age"])', "drop-statement"),
        (3, "n_estimators=400", "set"), (3, "subsample=0.8", "set"),
    ),
)  # fmt: skip

CELLS_SEEN = Invented(
    name="cells in micrographs, segmentation",
    cells=(
        "import torch\nimport torch.nn.functional as F\nfrom nets.unet import SmallUNet\nfrom nets import losses",
        'CONF = {"opt": {"rate": 1e-3, "wd": 1e-5}, "loss": {"dice_w": 0.5}, "passes": 20, "crop": 64, "workers": 4}\n'
        "torch.manual_seed(77)",
        "def hflip(img, chance=0.5):\n    return torch.where(torch.rand(len(img), 1, 1, 1) < chance, img.flip(-1), img)\n\n"
        'images, masks = torch.load("micro.pt")\ncut = int(0.8 * len(images))',
        'seg = SmallUNet(1, 16)\noptim = torch.optim.AdamW(seg.parameters(), lr=CONF["opt"]["rate"], weight_decay=CONF["opt"]["wd"])\n'
        'for p in range(CONF["passes"]):\n    for b in torch.randperm(cut).split(8):\n        batch = hflip(images[b])\n'
        "        logits = seg(batch)\n"
        '        objective = F.binary_cross_entropy_with_logits(logits, masks[b]) + CONF["loss"]["dice_w"] * losses.dice(logits, masks[b])\n'
        "        optim.zero_grad()\n        objective.backward()\n        optim.step()",
        "with torch.no_grad():\n    iou = losses.iou(seg(images[cut:]) > 0, masks[cut:]).item()\nprint(f'test IoU {iou:.3f}')",
    ),
    beside={
        "nets/__init__.py": "",
        "nets/unet.py": "import torch\nfrom torch import nn\n\n\nclass Stage(nn.Module):\n    def __init__(self, ci, co, p=0.1):\n"
        "        super().__init__()\n        self.conv = nn.Conv2d(ci, co, 3, padding=1)\n        self.gn = nn.GroupNorm(4, co)\n"
        "        self.do = nn.Dropout2d(p)\n\n    def forward(self, x):\n        return self.do(torch.relu(self.gn(self.conv(x))))\n\n\n"
        "class SmallUNet(nn.Module):\n    def __init__(self, ch, width):\n        super().__init__()\n        self.a = Stage(ch, width)\n"
        "        self.b = Stage(width, width)\n        self.last = nn.Conv2d(width, 1, 1)\n\n    def forward(self, x):\n        s = self.a(x)\n"
        "        return self.last(s + self.b(s))\n\n\nclass Unused(nn.Module):\n    def __init__(self, rate=0.7):\n        super().__init__()\n        self.rate = rate\n",
        "nets/losses.py": "def dice(z, t, smooth=1.0):\n    p = z.sigmoid()\n    return 1 - (2 * (p * t).sum() + smooth) / (p.sum() + t.sum() + smooth)\n\n\n"
        "def iou(p, t):\n    return (p & (t > 0)).sum() / (p | (t > 0)).sum()\n",
    },
    wanted=(
        (1, '"rate": 1e-3', "set"), (1, '"wd": 1e-5', "set"), (1, '"dice_w": 0.5', "set"), (1, '"passes": 20', "set"),
        (3, 'CONF["loss"]["dice_w"] * losses.dice(logits, masks[b])', "drop-term"), (3, "hflip(images[b])", "identity"),
        ("nets/unet.py", "self.gn(self.conv(x))", "identity"), ("nets/unet.py", "s + self.b(s)", "drop-term"),
    ),
)  # fmt: skip

TICKETS = Invented(
    name="support tickets, text",
    cells=(
        "import argparse\nimport pandas as pd\nfrom sklearn.feature_extraction.text import CountVectorizer\n"
        "from sklearn.decomposition import TruncatedSVD\nfrom sklearn.linear_model import SGDClassifier\n"
        "from sklearn.pipeline import Pipeline\nfrom sklearn.model_selection import cross_val_score",
        'p = argparse.ArgumentParser()\np.add_argument("--csv", default="tickets.csv")\np.add_argument("--grams", type=int, default=2)\n'
        'p.add_argument("--rank", type=int, default=100)\np.add_argument("--alpha", type=float, default=1e-4)\n'
        'p.add_argument("--jobs", type=int, default=1)\nopts = p.parse_args(["--grams", "3", "--alpha=2e-5"])',
        'posts = pd.read_csv(opts.csv)\nposts["body"] = posts["body"].str.replace("[0-9]+", " ", regex=True)',
        'flow = Pipeline([\n    ("count", CountVectorizer(ngram_range=(1, opts.grams), min_df=3, binary=True)),\n'
        '    ("svd", TruncatedSVD(opts.rank)),\n    ("clf", SGDClassifier(alpha=opts.alpha, penalty="l2", random_state=1)),\n])',
        'scores = cross_val_score(flow, posts["body"], posts["queue"], cv=5, scoring="f1_macro")\nf1 = scores.mean()\nprint("F1", f1)',
    ),
    wanted=(
        (1, '"3"', "set"), (1, "alpha=2e-5", "set"), (1, '"--rank", type=int, default=100', "set"),
        (2, 'posts["body"] = posts["body"].str.replace("[0-9]+", " ", regex=True)', "drop-statement"),
        (3, '("svd", TruncatedSVD(opts.rank))', "drop-item"), (3, "binary=True", "set"), (3, "min_df=3", "set"),
    ),
)  # fmt: skip

RIVER = Invented(
    name="river levels, time series",
    cells=(
        "import json\nfrom dataclasses import dataclass, field\nimport numpy as np\nimport pandas as pd\n"
        "from sklearn.linear_model import Ridge\nfrom sklearn.preprocessing import RobustScaler",
        "@dataclass\nclass Settings:\n    horizon: int = 6\n    ridge: float = field(default=0.5)\n    detrend: bool = True\n    out_dir: str = 'plots/'\n\n"
        "st = Settings()\nextra = json.load(open('settings.json'))",
        "def table(level, lags=(1, 2, 24), span=12):\n    out = pd.DataFrame({'level': level})\n    for k in lags:\n        out[f'back_{k}'] = level.shift(k)\n"
        "    out['smooth'] = level.ewm(span=span).mean()\n    out['month'] = level.index.month\n    return out.dropna()",
        "level = pd.read_parquet('river.parquet')['level']\nif st.detrend:\n    level = level - level.rolling(extra['trend']['window']).mean()\n"
        "data = table(level)\ntarget = data['level'].shift(-st.horizon)\nuse = target.notna()\ncut = int(extra['train_share'] * use.sum())",
        "rescale = RobustScaler()\nA = rescale.fit_transform(data[use][:cut])\nB = rescale.transform(data[use][cut:])\n"
        "model = Ridge(alpha=st.ridge).fit(A, target[use][:cut])\nforecast = model.predict(B)\nforecast = forecast.clip(min=0)\n"
        "mae = np.abs(forecast - target[use][cut:]).mean()\nprint(f'MAE {mae:.3f}')",
    ),
    beside={"settings.json": '{\n  "trend": {"window": 720, "fast": true},\n  "train_share": 0.75\n}\n'},
    wanted=(
        (1, "ridge: float = field(default=0.5)", "set"), (1, "horizon: int = 6", "set"), (1, "detrend: bool = True", "set"),
        (2, "lags=(1, 2, 24)", "set"), (2, "out['smooth'] = level.ewm(span=span).mean()", "drop-statement"),
        (4, "RobustScaler()", "identity"), ("settings.json", '"window": 720', "set"),
    ),
)  # fmt: skip

FACES = Invented(
    name="faces, a variational autoencoder with an adversary",
    cells=(
        "import torch\nfrom torch import nn\nimport torch.nn.functional as F\nDIM_Z = 16\nKL_SCALE = 0.01\nADV = 0.1\nRATE = 2e-4\nROUNDS = 30\nSHOW_EVERY = 10\ntorch.manual_seed(4)",
        "class Coder(nn.Module):\n    def __init__(self, w=128, slope=0.2):\n        super().__init__()\n        self.into = nn.Linear(784, w)\n        self.ln = nn.LayerNorm(w)\n"
        "        self.act = nn.LeakyReLU(slope)\n        self.centre, self.spread = nn.Linear(w, DIM_Z), nn.Linear(w, DIM_Z)\n        self.back = nn.Linear(DIM_Z, 784)\n\n"
        "    def forward(self, v):\n        t = self.act(self.ln(self.into(v)))\n        c, s = self.centre(t), self.spread(t)\n"
        "        code = c + torch.randn_like(s) * s.exp()\n        return self.back(code), c, s",
        "def criterion(r, v, c, s):\n    rec = F.mse_loss(r, v)\n    div = 0.5 * (c ** 2 + s.exp() - s - 1).mean()\n    return rec + KL_SCALE * div",
        "coder, judge = Coder(), nn.Sequential(nn.Linear(784, 64), nn.LeakyReLU(0.2), nn.Dropout(0.3), nn.Linear(64, 1))\n"
        "opt_c = torch.optim.Adam(coder.parameters(), lr=RATE, betas=(0.5, 0.999))\nfaces = torch.load('faces.pt')\n"
        "for r in range(ROUNDS):\n    for v in faces.split(64):\n        out, c, s = coder(v + 0.05 * torch.randn_like(v))\n        cost = criterion(out, v, c, s)\n"
        "        cost += ADV * F.softplus(-judge(out)).mean()\n        opt_c.zero_grad(); cost.backward(); opt_c.step()\n    if r % SHOW_EVERY == 0:\n        print(r, cost.item())",
        "with torch.no_grad():\n    rec_error = F.mse_loss(coder(faces)[0], faces).item()\nprint('reconstruction error', rec_error)",
    ),
    wanted=(
        (0, "KL_SCALE = 0.01", "set"), (0, "ADV = 0.1", "set"), (0, "RATE = 2e-4", "set"), (0, "DIM_Z = 16", "set"),
        (1, "code = c + torch.randn_like(s) * s.exp()", "drop-term"), (1, "self.ln(self.into(v))", "identity"),
        (2, "KL_SCALE * div", "drop-term"), (3, "cost += ADV * F.softplus(-judge(out)).mean()", "drop-term"),
    ),
)  # fmt: skip

POLE = Invented(
    name="a pole to balance, reinforcement learning",
    cells=(
        "import numpy as np\nimport torch\nfrom torch import nn\nimport gymnasium as gym",
        "class Hyper:\n    discount = 0.99\n    trace = 0.95\n    entropy_bonus = 0.01\n    value_share = 0.5\n    step_size = 3e-4\n    episodes = 300\n    seed = 2\n    render = False",
        "env = gym.make('CartPole-v1')\ntorch.manual_seed(Hyper.seed)\npolicy = nn.Sequential(nn.Linear(4, 64), nn.Tanh(), nn.Linear(64, 3))\n"
        "optimiser = torch.optim.RMSprop(policy.parameters(), lr=Hyper.step_size)",
        "def rollout():\n    obs, _ = env.reset(seed=Hyper.seed)\n    logs, vals, ents, gains = [], [], [], []\n    done = False\n    while not done:\n"
        "        head = policy(torch.tensor(obs))\n        dist = torch.distributions.Categorical(logits=head[:2])\n        a = dist.sample()\n"
        "        obs, reward, end, cut, _ = env.step(a.item())\n        done = end or cut\n        logs.append(dist.log_prob(a)); vals.append(head[2]); ents.append(dist.entropy()); gains.append(reward)\n"
        "    return torch.stack(logs), torch.stack(vals), torch.stack(ents), gains\n\ndef advantages(gains, vals):\n    adv, run = [], 0.0\n"
        "    for g in reversed(gains):\n        run = g + Hyper.discount * Hyper.trace * run\n        adv.insert(0, run)\n    return torch.tensor(adv) - vals.detach()",
        "returns = []\nfor ep in range(Hyper.episodes):\n    logs, vals, ents, gains = rollout()\n    adv = advantages(gains, vals)\n    adv = (adv - adv.mean()) / (adv.std() + 1e-8)\n"
        "    total_loss = -(logs * adv).mean() + Hyper.value_share * (adv ** 2).mean() - Hyper.entropy_bonus * ents.mean()\n"
        "    optimiser.zero_grad()\n    total_loss.backward()\n    nn.utils.clip_grad_norm_(policy.parameters(), 0.5)\n    optimiser.step()\n    returns.append(sum(gains))\n"
        "mean_return = float(np.mean(returns[-50:]))\nprint('mean return', mean_return)",
    ),
    wanted=(
        (1, "discount = 0.99", "set"), (1, "trace = 0.95", "set"), (1, "entropy_bonus = 0.01", "set"), (1, "step_size = 3e-4", "set"),
        (4, "adv = (adv - adv.mean()) / (adv.std() + 1e-8)", "drop-statement"),
        (4, "Hyper.entropy_bonus * ents.mean()", "drop-term"), (4, "nn.utils.clip_grad_norm_(policy.parameters(), 0.5)", "drop-statement"),
    ),
)  # fmt: skip

FLOWERS = Invented(
    name="flowers, Keras",
    cells=(
        "from tensorflow import keras\nfrom tensorflow.keras import layers\nkeras.utils.set_random_seed(6)\nBATCH, ROUNDS = 64, 15",
        "(xa, ya), (xb, yb) = keras.datasets.cifar10.load_data()\nxa, xb = xa / 255.0, xb / 255.0",
        "net = keras.Sequential()\nnet.add(layers.Conv2D(32, 3, activation='relu'))\nnet.add(layers.BatchNormalization())\nnet.add(layers.Flatten())\n"
        "net.add(layers.Dense(128, activation='relu', kernel_regularizer=keras.regularizers.l2(1e-4)))\nnet.add(layers.Dropout(0.4))\nnet.add(layers.Dense(10))",
        "net.compile(optimizer=keras.optimizers.Adam(learning_rate=1e-3), loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=['accuracy'])\n"
        "stop = keras.callbacks.EarlyStopping(patience=3)\nnet.fit(xa, ya, batch_size=BATCH, epochs=ROUNDS, validation_split=0.1, callbacks=[stop, keras.callbacks.ReduceLROnPlateau(factor=0.5)], verbose=0)",
        "test_loss, test_acc = net.evaluate(xb, yb, verbose=0)\nprint(f'test accuracy {test_acc:.4f}')",
    ),
    wanted=(
        (0, "64", "set"), (0, "15", "set"), (2, "net.add(layers.BatchNormalization())", "drop-statement"), (2, "layers.Dropout(0.4)", "set"),
        (3, "learning_rate=1e-3", "set"), (3, "patience=3", "set"), (3, "keras.callbacks.ReduceLROnPlateau(factor=0.5)", "drop-item"),
    ),
)  # fmt: skip

SENSORS = Invented(
    name="sensor faults, the loop in a module",
    cells=(
        "import sys\nsys.path.insert(0, 'src')\nimport numpy as np\nimport toolkit.prep as prep\nfrom toolkit.loop import run, Tagger\nimport tomllib",
        "with open('run.toml', 'rb') as fh:\n    conf = tomllib.load(fh)",
        "signals, states = np.load('signals.npy'), np.load('states.npy')\nsignals = prep.standardise(signals)\ncut = int(0.7 * len(signals))",
        "tagger = Tagger(signals.shape[1], conf['net']['width'])\nhist = run(tagger, signals[:cut], states[:cut], conf)",
        "from sklearn.metrics import balanced_accuracy_score\nscore = balanced_accuracy_score(states[cut:], tagger.label(signals[cut:]))\nprint(score)",
    ),
    beside={
        "src/toolkit/prep.py": "import numpy as np\n\nEPS = 1e-6\n\n\ndef standardise(x):\n    return (x - x.mean(0)) / (x.std(0) + EPS)\n\n\ndef spectrum(x, bands=32):\n    return np.abs(np.fft.rfft(x))[:bands]\n",
        "src/toolkit/loop.py": "import torch\nfrom torch import nn\n\n\nclass Tagger(nn.Module):\n    def __init__(self, d, width, rate=0.15):\n        super().__init__()\n"
        "        self.one, self.two = nn.Linear(d, width), nn.Linear(width, 2)\n        self.lose = nn.Dropout(rate)\n\n    def forward(self, x):\n        return self.two(self.lose(torch.relu(self.one(x))))\n\n"
        "    def label(self, x):\n        self.eval()\n        return self(torch.tensor(x)).argmax(1).numpy()\n\n\n"
        "def run(net, x, y, conf, tv=0.02):\n    opt = torch.optim.AdamW(net.parameters(), lr=conf['optim']['lr'], weight_decay=conf['optim']['decay'])\n"
        "    plan = torch.optim.lr_scheduler.StepLR(opt, 5, gamma=0.5)\n    for _ in range(conf['optim']['epochs']):\n        for b in torch.randperm(len(x)).split(32):\n"
        "            z = net(torch.tensor(x)[b])\n            loss = nn.functional.cross_entropy(z, torch.tensor(y)[b]) + tv * (z[1:] - z[:-1]).abs().mean()\n"
        "            opt.zero_grad()\n            loss.backward()\n            opt.step()\n        plan.step()\n",
        "run.toml": '# one run\n[net]\nwidth = 48\n\n[optim]\nlr = 0.002   # found by hand\ndecay = 1e-4\nepochs = 12\n\n[io]\nlog_dir = "logs"\n',
    },
    wanted=(
        (2, "prep.standardise(signals)", "identity"), ("src/toolkit/loop.py", "rate=0.15", "set"), ("src/toolkit/loop.py", "tv=0.02", "set"),
        ("src/toolkit/loop.py", "tv * (z[1:] - z[:-1]).abs().mean()", "drop-term"), ("run.toml", "lr = 0.002", "set"),
        ("run.toml", "decay = 1e-4", "set"), ("run.toml", "epochs = 12", "set"), ("run.toml", "width = 48", "set"),
    ),
)  # fmt: skip

ALL = (HOUSES, CELLS_SEEN, TICKETS, RIVER, FACES, POLE, FLOWERS, SENSORS)
