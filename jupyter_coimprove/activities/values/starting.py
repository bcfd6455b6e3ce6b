"""The constitution that `values --init` proposes: a beginning to edit, with a case and its sound twin for each check."""

from __future__ import annotations

from jupyter_coimprove.activities.values.starting_acts import ACTS

STARTING = (
    r"""# What we hold to in this project. Edit it; `coimprove values` shows what an edit changes on the cases below,
# and nothing of it is in force before a person accepts exactly this text.
#
# severity: "must" stops what violates it (until somebody gives a reason: --despite WHY), "should" warns.
# applies:  notebook, proposal, plan, report (all, where nothing is said).
# checks:   data, inputs, test-tuning, seeds, blocks, reporting, calls, actions, licences, personal-data, words.
# cases:    code (cells between lines "# %%"), plan (facts in TOML), report; violates = false is a sound twin.

v = 1
title = "Starting values"

[[principle]]
name = "allowed data"
why = "What is read lies in the project or comes over a channel that nobody can change on the way."
severity = "must"
[[principle.check]]
kind = "data"
forbid = ["/*", "~*", "?:/*", "http://*", "ftp://*", "*private*"]
[[principle.case]]
name = "somebody's own folder"
violates = true
text = '''
from pathlib import Path
ROOT = Path("/data") / "people"
# %%
import pandas as pd
table = pd.read_csv(ROOT / "all.csv")
'''
[[principle.case]]
name = "a folder of the project"
violates = false
text = '''
from pathlib import Path
ROOT = Path("data") / "people"
# %%
import pandas as pd
table = pd.read_csv(ROOT / "all.csv")
'''
[[principle.case]]
name = "an open channel"
violates = true
text = '''
HOST = "http://data.example"
def fetch(url):
    import requests
    return requests.get(url).json()
rows = fetch(HOST + "/rows.json")
'''
[[principle.case]]
name = "a closed channel"
violates = false
text = '''
HOST = "https://data.example"
def fetch(url):
    import requests
    return requests.get(url).json()
rows = fetch(HOST + "/rows.json")
'''

[[principle]]
name = "no tuning on test data"
why = "The best of several on a test set is better there than anywhere else."
severity = "must"
applies = ["notebook", "proposal", "plan"]
[[principle.check]]
kind = "test-tuning"
[[principle.case]]
name = "a depth chosen by the test score"
violates = true
text = '''
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier
X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
# %%
best, depth = 0, None
for d in (1, 2, 3, 4):
    score = DecisionTreeClassifier(max_depth=d, random_state=0).fit(X_train, y_train).score(X_test, y_test)
    if score > best:
        best, depth = score, d
print("accuracy", best)
'''
[[principle.case]]
name = "a depth chosen by validation rows"
violates = false
text = '''
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier
X, y = load_wine(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
X_fit, X_val, y_fit, y_val = train_test_split(X_train, y_train, random_state=0)
# %%
best, depth = 0, None
for d in (1, 2, 3, 4):
    score = DecisionTreeClassifier(max_depth=d, random_state=0).fit(X_fit, y_fit).score(X_val, y_val)
    if score > best:
        best, depth = score, d
print("accuracy", DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X_fit, y_fit).score(X_test, y_test))
'''

[[principle]]
name = "chance is seeded"
why = "What cannot be drawn again cannot be repeated."
severity = "should"
applies = ["notebook", "proposal", "plan"]
[[principle.check]]
kind = "seeds"
[[principle.case]]
name = "a split that nobody can draw again"
violates = true
text = '''
import numpy as np
rows = np.random.permutation(100)
print(rows[:5])
'''
[[principle.case]]
name = "a split from a seed"
violates = false
text = '''
import numpy as np
rows = np.random.default_rng(7).permutation(100)
print(rows[:5])
'''
[[principle.case]]
name = "a plan that no seed drives"
of = "plan"
violates = true
text = '''
blocks = 8
seeded = false
'''
[[principle.case]]
name = "a plan whose blocks are seeds"
of = "plan"
violates = false
text = '''
blocks = 8
seeded = true
'''

[[principle]]
name = "repeated often enough"
why = "One lucky seed shows nothing."
severity = "should"
applies = ["plan"]
[[principle.check]]
kind = "blocks"
least = 5
[[principle.case]]
name = "two blocks"
of = "plan"
violates = true
text = "blocks = 2"
[[principle.case]]
name = "five blocks"
of = "plan"
violates = false
text = "blocks = 5"

[[principle]]
name = "results with their uncertainty"
why = "A difference without an interval and a number of repetitions cannot be judged."
severity = "must"
applies = ["report"]
[[principle.check]]
kind = "reporting"
intervals = true
blocks = 3
[[principle.case]]
name = "a bare gain"
of = "report"
violates = true
text = "Dropout improves accuracy by 0.021 over 10 seeds."
[[principle.case]]
name = "the gain with its interval"
of = "report"
violates = false
text = "Dropout improves accuracy by 0.021 [0.008, 0.034] over 10 seeds."
[[principle.case]]
name = "a gain of one seed"
of = "report"
violates = true
text = "Dropout improves accuracy by 0.021 [0.008, 0.034]."
[[principle.case]]
name = "a number that compares nothing"
of = "report"
violates = false
text = "The data have 178 rows and 13 columns."

"""
    + ACTS
    + r"""[[principle]]
name = "what is read is kept"
why = "A raw table that a cell has written over cannot be read again."
severity = "must"
applies = ["proposal", "plan"]
[[principle.check]]
kind = "inputs"
[[principle.case]]
name = "cleaned in its place"
violates = true
text = '''
import pandas as pd
SOURCE = "data/table.csv"
table = pd.read_csv(SOURCE)
# %%
table.dropna().to_csv(SOURCE, index=False)
'''
[[principle.case]]
name = "cleaned beside it"
violates = false
text = '''
import pandas as pd
SOURCE = "data/table.csv"
table = pd.read_csv(SOURCE)
# %%
table.dropna().to_csv("data/clean.csv", index=False)
table = pd.read_csv("data/clean.csv")
table.head(100).to_csv("data/clean.csv", index=False)
'''
[[principle.case]]
name = "a folder that was read"
violates = true
text = '''
import os
from pathlib import Path
log = Path("runs") / "log.txt"
print(log.read_text())
# %%
os.replace("new.txt", log)
'''
[[principle.case]]
name = "a line more"
violates = false
text = '''
from pathlib import Path
log = Path("runs") / "log.txt"
print(log.read_text())
# %%
with open(log, "a") as out:
    out.write("one more")
'''

[[principle]]
name = "licences are known"
why = "What may not be used so cannot be shared with its result."
severity = "should"
applies = ["notebook", "proposal", "plan"]
[[principle.check]]
kind = "licences"
allow = [
  "MIT*", "BSD*", "Apache-2.0*", "PSF*", "Python*", "ISC*", "Zlib*", "Unlicense*", "MPL-2.0*", "LGPL*", "CC0*", "CC-BY-4*", "CC-BY-3*",
  "CC-BY-SA*", "ODbL*", "ODC-By*", "HPND*", "0BSD*",
]
[[principle.case]]
name = "data for no commercial use"
violates = true
text = '''
import pandas as pd
table = pd.read_csv("cases/faces-nc.csv")
'''
[[principle.case]]
name = "data that only asks for its name"
violates = false
text = '''
import pandas as pd
table = pd.read_csv("cases/faces.csv")
'''
[[principle.case]]
name = "data of nobody knows whom"
violates = true
text = '''
import pandas as pd
table = pd.read_csv("cases/found-somewhere.csv")
'''

[[principle]]
name = "people are not named"
why = "A notebook, its outputs and its record go into git, and stay there."
severity = "must"
[[principle.check]]
kind = "personal-data"
columns = [
  "ssn", "social_security*", "passport*", "first_name", "last_name", "surname", "full_name", "patient_name", "*_email", "email", "e-mail",
  "phone*", "mobile_number", "date_of_birth", "birth_date", "dob", "home_address", "iban", "credit_card*",
]
values = ["email", "card", "iban", "us-ssn"]
[[principle.case]]
name = "a model of surnames"
violates = true
text = '''
import pandas as pd
table = pd.read_csv("data/table.csv")
features = table[["age", "Surname", "income"]]
'''
[[principle.case]]
name = "a model of what was measured"
violates = false
text = '''
import pandas as pd
table = pd.read_csv("data/table.csv")
features = table[["age", "surface", "income"]]
'''
[[principle.case]]
name = "an address in a report"
of = "report"
violates = true
text = "The outlier is row 17 (r.quist@clinic-north.se), who was measured twice."
[[principle.case]]
name = "an outlier without a name"
of = "report"
violates = false
text = "The outlier is row 17, who was measured twice. Write to data@example.org for the table."

[[principle]]
name = "claims stay within their evidence"
why = "An experiment on some data proves nothing about all."
severity = "should"
applies = ["report"]
[[principle.check]]
kind = "words"
forbid = ['(?i)\b(?:proves?|proven|guarantees?)\b', '(?i)\bstate[- ]of[- ]the[- ]art\b', '(?i)\balways (?:better|best)\b']
[[principle.case]]
name = "a proof by ten seeds"
of = "report"
violates = true
text = "This proves that dropout helps: 0.02 [0.01, 0.03] over 10 blocks."
[[principle.case]]
name = "what ten seeds show"
of = "report"
violates = false
text = "On these data dropout helps by 0.02 [0.01, 0.03] over 10 blocks. Whether it improves others is open: 10 blocks, interval not measured."

# What the licences of files and packages are, where they do not say it themselves (name.license beside a file,
# datapackage.json, the package's own metadata).
[licences]
"cases/faces.csv" = "CC-BY-4.0"
"cases/faces-nc.csv" = "CC-BY-NC-4.0"
"""
)
