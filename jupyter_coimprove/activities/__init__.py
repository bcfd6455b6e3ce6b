"""The twelve activities of research, each a module of one shape over the stages that exist.

An activity has instruments, which compute facts without a model, and cards, which a person decides
on. A model, where there is one, adds words and ideas over the same facts.
"""
