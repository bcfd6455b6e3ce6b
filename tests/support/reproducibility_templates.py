"""What the notebooks of reproducibility_cases are made from: by kind and name, in its notation."""

from __future__ import annotations

TEMPLATES: dict[str, dict[str, str]] = {}

TEMPLATES["hidden state"] = {
    "a constant whose cell was deleted": """
~rate = 0.<<11..89>>
+rate = 0.<<11..89>>
%%
values = [rate * n for n in range(1, <<6..12>>)]
print("sum", round(sum(values), 4))
""",
    "a cell edited after it ran": """
~depth = <<2..4>>
^depth = <<5..8>>
+depth = <<5..8>>
%%
scores = [1 / (depth + n) for n in range(10)]
%%
print(f"mean {sum(scores) / len(scores):.4f}")
""",
    "a counter whose cell ran twice": """
run: 1 2 2 3
total = <<10..90>>
%%
total = total * 2
%%
total
""",
    "a list that grew with every run": """
run: 1 2 2 2 3
found = []
%%
for word in "<<one two three|ham eggs spam|red green blue>>".split():
    found.append(word.upper())
%%
print(len(found), found[-1])
""",
    "a function that was renamed": """
~def smooth(xs, k=2):
~    return [sum(xs[max(0, i - k):i + 1]) / (k + 1) for i in range(len(xs))]
^def moving_average(xs, k=2):
^    return [sum(xs[max(0, i - k):i + 1]) / (k + 1) for i in range(len(xs))]
+def smooth(xs, k=2):
+    return [sum(xs[max(0, i - k):i + 1]) / (k + 1) for i in range(len(xs))]
%%
data = [<<1..9>>, <<1..9>>, <<1..9>>, 4, 7]
smooth(data)
""",
    "an import whose cell was deleted": """
~import math
+import math
%%
radius = <<2..30>> / 4
%%
print("area %.3f" % (math.pi * radius ** 2))
""",
    "a filter that was tried and taken out": """
values = [n * 7 % 13 for n in range(<<20..60>>)]
%%
~values = [v for v in values if v > 4]
%%
print("kept", len(values))
%%
sum(values) / len(values)
""",
    "a setting changed in a scratch cell": """
config = {"threshold": 0.<<2..4>>, "folds": 5}
%%
~config["threshold"] = 0.<<6..9>>
%%
import random
random.seed(3)
draws = [random.random() for _ in range(200)]
%%
print("above:", sum(d > config["threshold"] for d in draws))
""",
}

TEMPLATES["unseeded"] = {
    "draws of random": """
import random
+random.seed(<<1..99>>)
%%
sample = [random.gauss(0, 1) for _ in range(<<20..60>>)]
%%
print("mean %.4f" % (sum(sample) / len(sample)))
""",
    "numpy's global generator": """
import numpy as np
+np.random.seed(<<1..99>>)
%%
noise = np.random.normal(size=<<50..300>>)
%%
float(noise.std())
""",
    "a fresh numpy generator": """
import numpy as np
-rng = np.random.default_rng()
+rng = np.random.default_rng(<<1..99>>)
%%
weights = rng.uniform(size=8)
print("weights", weights.round(3))
""",
    "a shuffled split": """
import random
rows = list(range(<<30..80>>))
+random.seed(<<1..99>>)
random.shuffle(rows)
train, test = rows[:20], rows[20:]
%%
print("train mean", sum(train) / len(train))
print("first of test", test[:5])
""",
    "a generator object of its own": """
import random
-dice = random.Random()
+dice = random.Random(<<1..99>>)
%%
throws = [dice.randint(1, 6) for _ in range(300)]
%%
{face: throws.count(face) for face in range(1, 7)}
""",
    "an id for the experiment": """
import uuid
-name = f"exp-{str(uuid.uuid4())[:8]}"
+name = f"exp-{str(uuid.uuid5(uuid.NAMESPACE_URL, 'run <<1..99>>'))[:8]}"
%%
score = len(name) * <<2..9>>
print(name, score)
""",
    "bytes of the system": """
import os, hashlib
-salt = os.urandom(8)
+salt = b"<<pepper|thyme|cumin>>"
%%
bucket = [int(hashlib.sha256(salt + str(n).encode()).hexdigest(), 16) % 10 for n in range(30)]
%%
print(bucket)
""",
    "a seed set after the draw": """
import random
-noise = [random.random() for _ in range(30)]
random.seed(<<1..99>>)
+noise = [random.random() for _ in range(30)]
%%
loss = 1.0
for step, shake in enumerate(noise):
    loss *= 0.9 + 0.1 * shake
    if step % 10 == 9:
        print(f"step {step:2d} loss {loss:.4f}")
""",
}

TEMPLATES["order"] = {
    "a name that is defined below": """
run: 2 1 3
-print("cost", price * <<2..9>>)
+price = <<11..99>>
%%
-price = <<11..99>>
+print("cost", price * <<2..9>>)
%%
print("paid")
""",
    "a second model fitted before the first was shown": """
run: 1 3 2
def fit(k):
    return {"k": k, "error": round(1 / (k + 0.<<1..9>>), 4)}

model = fit(1)
%%
+print("first", model)
-print("first", model)
%%
model = fit(<<3..7>>)
print("second", model)
""",
    "scaling that was run before the summary": """
run: 1 3 2 4
xs = [float(n ** 2 % <<7..17>>) for n in range(25)]
%%
print("mean %.3f" % (sum(xs) / len(xs)))
%%
top = max(xs)
xs = [x / top for x in xs]
%%
print("max", max(xs))
""",
    "a function that was defined in the end": """
run: 3 1 2
+def describe(xs):
+    return f"n={len(xs)} sum={sum(xs)}"
-counts = [<<1..9>>, <<1..9>>, 5]
%%
+counts = [<<1..9>>, <<1..9>>, 5]
-print(describe(counts))
%%
-def describe(xs):
-    return f"n={len(xs)} sum={sum(xs)}"
+print(describe(counts))
""",
    "a seed set again above": """
run: 1 3 2
import random
random.seed(<<1..50>>)
%%
a = [random.random() for _ in range(3)]
print([round(x, 4) for x in a])
%%
b = [random.random() for _ in range(3)]
print([round(x, 4) for x in b])
""",
    "rows that were dropped before they were counted": """
run: 1 3 2
table = {"id": list(range(<<20..50>>)), "ok": [n % 3 == 0 for n in range(50)]}
%%
print("rows:", len(table["id"]))
%%
table["id"] = [n for n in table["id"] if table["ok"][n]]
print("kept:", len(table["id"]))
""",
    "the report went before the result": """
run: 2 3 1
-print("accuracy %.3f" % accuracy)
+guesses = [n % 3 for n in range(60)]
%%
-guesses = [n % 3 for n in range(60)]
+accuracy = sum(g == <<0..2>> for g in guesses) / len(guesses)
%%
-accuracy = sum(g == <<0..2>> for g in guesses) / len(guesses)
+print("accuracy %.3f" % accuracy)
""",
    "a parameter changed below and the cells above run again": """
run: 1 2 3 2
rate = 0.<<1..4>>
%%
steps = [round((1 - rate) ** n, 4) for n in range(6)]
steps
%%
-rate = 0.<<6..9>>
+after = 0.<<6..9>>
""",
}

TEMPLATES["absolute path"] = {
    "a table in a home folder": """
import csv
-with open("{{/home/<<ana|li|kofi>>/thesis/data/scores.csv|@/data/scores.csv}}") as file:
+with open("{{data/scores.csv|@/data/scores.csv}}") as file:
    rows = list(csv.DictReader(file))
%%
print("mean %.4f" % (sum(float(r["score"]) for r in rows) / len(rows)))
""",
    "a folder of a Mac": """
from pathlib import Path
-DATA = Path("{{/Users/<<mira|tom>>/Desktop/project|@}}")
+DATA = Path("{{.|@}}")
%%
import json
settings = json.loads((DATA / "data" / "settings.json").read_text())
%%
settings
""",
    "a drive of Windows": r"""
-where = {{r"C:\Users\<<eva|jo>>\data\scores.csv"|"@/data/scores.csv"}}
+where = {{"data/scores.csv"|"@/data/scores.csv"}}
lines = open(where).read().splitlines()
%%
print(len(lines) - 1, "rows")
""",
    "a mount of a cluster, joined": """
import os
-ROOT = "{{/scratch/<<group7|vision>>/run3|@}}"
+ROOT = "{{.|@}}"
path = os.path.join(ROOT, "data", "scores.csv")
%%
import csv
groups = {}
with open(path) as file:
    for row in csv.DictReader(file):
        groups.setdefault(row["group"], []).append(float(row["score"]))
%%
for name in sorted(groups):
    print(name, len(groups[name]), round(max(groups[name]), 3))
""",
    "a folder that is changed into": """
import json
import os
-os.chdir("{{/home/<<sam|ida>>/thesis/notebooks|@}}")
+here = "{{.|@}}"
%%
-settings = json.load(open("{{data/settings.json|@/data/settings.json}}"))
+settings = json.load(open(os.path.join(here, "data", "settings.json")))
print("rate", settings["rate"])
""",
    "a module path that is appended": """
import sys
-sys.path.insert(0, "{{/home/<<ana|ben>>/lib|@/data}}")
-open("{{/home/<<ana|ben>>/lib/where.txt|@/data/where.txt}}", "w").write("here")
+open("{{data/where.txt|@/data/where.txt}}", "w").write("here")
%%
print("set up")
""",
    "a file in colab's drive": """
-source = "{{/content/drive/MyDrive/<<corpus|lab>>/settings.json|@/data/settings.json}}"
+source = "{{data/settings.json|@/data/settings.json}}"
%%
import json
with open(source) as file:
    depth = json.load(file)["depth"]
print("depth", depth)
""",
    "a path with a tilde": """
import os
-path = os.path.expanduser("{{~/<<experiments|phd>>/2024/scores.csv|@/data/scores.csv}}")
+path = os.path.expanduser("{{data/scores.csv|@/data/scores.csv}}")
%%
best = max(line.split(",")[1] for line in open(path).read().splitlines()[1:])
print("best", best)
""",
}

TEMPLATES["time"] = {
    "an age in days": """
import datetime
-today = {{datetime.date.today()|datetime.date(2024, 3, <<1..28>>)}}
+today = datetime.date(2024, 3, <<1..28>>)
%%
started = datetime.date(2021, 5, 17)
print("running for", (today - started).days, "days")
""",
    "a seed from the clock": """
import random, time
-random.seed({{time.time_ns()|1711<<100..999>>}})
+random.seed(1711<<100..999>>)
%%
draws = [random.random() for _ in range(50)]
print("mean %.5f" % (sum(draws) / 50))
""",
    "rows of the last years": """
from datetime import datetime
rows = [(2015 + n % 12, n) for n in range(<<60..150>>)]
-now = {{datetime.now().year|2019}}
+now = 2019
%%
recent = [value for year, value in rows if now - year < 3]
print("recent rows:", len(recent))
""",
    "a learning rate that depends on the day": """
import time
-day = {{int(time.time() // 86400)|19<<100..999>>}}
+day = 19<<100..999>>
%%
rate = 0.1 / (1 + day % 1000)
%%
print(f"rate {rate:.7f}")
""",
    "seconds since a fixed moment": """
import time
-age = {{time.time()|1.7e9}} - 1.6e9
+age = 1.7e9 - 1.6e9
%%
score = 100 * age / (age + 5e7)
print("score", score)
""",
    "how long it took, and what came of it": """
import time
began = time.perf_counter()
values = [n ** 0.5 for n in range(<<2000..9000>>)]
-weight = {{time.time()|1.65e9}} % 1000
+weight = 1.65e9 % 1009
%%
print("took %.6f s" % (time.perf_counter() - began))
print("weighted %.3f" % (sum(values) * weight))
""",
    "a stamp that is only shown": """
from datetime import datetime
-stamp = {{datetime.now()|datetime(2023, 11, 5, 14, 3, 9)}}
+stamp = datetime(2023, 11, 5, 14, 3, 9)
print("run at", {{datetime.now()|datetime(2023, 11, 5, 14, 3, 9)}})
%%
hours = stamp.timestamp() / 3600
print("hours since the epoch", round(hours, 2))
""",
    "epochs with their times": """
import time
-offset = {{time.time_ns() % 997|<<1..400>> + 1000}}
+offset = <<1..400>> + 1000
%%
for epoch in range(3):
    began = time.time()
    loss = sum(1 / (n + 1) for n in range(5000)) / (epoch + 1)
    print(f"epoch {epoch} loss {loss:.4f} [{time.time() - began:.3f}s, {epoch + 1}/3]")
%%
print("checksum", offset * 3)
""",
}
