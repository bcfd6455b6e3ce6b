"""A scripted server that speaks the Messages protocol on a loopback port: a model for tests.

``with MessagesServer([Answer(content=(Text("Four."),))]) as server`` listens at ``server.url``; point
ANTHROPIC_BASE_URL there, with any key. A step of the script is an ``Answer``, a ``Fail``, or a callable
of the request's body that gives one of them; a single callable in place of the list answers all.
``server.requests`` are those it got, with what they used.

Not shown by a real service: that a prompt is understood. Tokens are counted as a quarter of the bytes.
"""

from jupyter_coimprove.testing.messages.script import (
    Answer,
    Data,
    Fail,
    Step,
    Text,
    Thinking,
    UseTool,
)
from jupyter_coimprove.testing.messages.server import MessagesServer, Received

__all__ = ["Answer", "Data", "Fail", "MessagesServer", "Received", "Step", "Text", "Thinking", "UseTool"]
