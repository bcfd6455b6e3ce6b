"""The twelve activities in the paper's order; those that are verbs of their own stand here as well."""

from __future__ import annotations

from jupyter_coimprove.activities.activity import Activity

PROBLEM = Activity(
    number=1, name="problem", title="Collaborative problem identification",
    adds="a model would put these problems into your field's words and say which literature speaks of them",
    asks="Which of these problems matters most, and why? Rest every number on the facts above.",
)  # fmt: skip
BENCHMARK = Activity(
    number=2, name="benchmark", title="Benchmark creation and problem evaluation",
    adds="a model would say what the benchmark leaves out of the goal, and suggest harder cases",
    asks="What does this benchmark not measure that the goal asks for? Rest every number on the facts above.",
)  # fmt: skip
IDEAS = Activity(
    number=3, name="ideas", title="Method innovation and idea generation",
    adds="a model would propose ideas from beyond this code, each held against what was tried before it is kept",
    asks="Which of these ideas is worth a plan first, and which is missing? Propose what is missing as ideas; rest every number on the facts above.",
)  # fmt: skip
ERRORS = Activity(
    number=6, name="errors", title="Evaluation and error analysis",
    adds="a model would read the cases and put names to what they have in common",
    asks="What do the cases above have in common? Name it in a few words, and say what would test it.",
)  # fmt: skip
VALUES = Activity(
    number=7, name="values", title="Safety and alignment",
    adds="a model would say which of these matters, and propose cases that get past the checks",
    asks="Which of these violations matters most, and what would get past these checks? Rest each on a principle above.",
)  # fmt: skip
SYSTEMS = Activity(
    number=8, name="systems", title="Systems and infrastructure co-design",
    adds="a model would propose speed-ups beyond the rules; each would be measured the same way",
    asks="What would make this notebook faster or more reproducible? Propose cells; they are measured before anyone trusts them.",
)  # fmt: skip
SHIP = Activity(
    number=9, name="ship", title="Integrating into real-world systems",
    adds="a model would write the card's prose and name assumptions that the code does not state",
    asks="Which assumptions of this code would break in use? Rest each on a cell above.",
)  # fmt: skip
SHARE = Activity(
    number=10, name="share", title="Scientific communication",
    adds="a model would draft the sentences between the findings; every number would be held against its run",
    asks="Write an abstract of at most 150 words over the accepted findings above, with their numbers as they stand.",
)  # fmt: skip
DEBATE = Activity(
    number=11, name="debate", title="Collective intelligence and group research",
    adds="a model would take positions in roles (`--role sceptic`), all of them one view, and name what would settle a dispute",
    asks="What do these positions have in common, and which evidence would settle what is disputed? Quote them; rest every number on the facts above.",
)  # fmt: skip
LEARN = Activity(
    number=12, name="learn", title="Bidirectional co-improvement",
    adds="a model would read the reasons for what they have in common beyond their words, and propose lessons",
    asks="What do these decisions have in common that the lessons miss? Propose at most two lessons, each with the decisions behind it.",
)  # fmt: skip

#: Those that are verbs of their own, each with its instruments.
ACTIVITIES: tuple[Activity, ...] = (
    PROBLEM, BENCHMARK, IDEAS, ERRORS, VALUES, SYSTEMS, SHIP, SHARE, DEBATE, LEARN,
)  # fmt: skip
BY_NAME = {one.name: one for one in ACTIVITIES}
