"""Claude, or whatever speaks the Messages protocol, as a provider."""

from jupyter_coimprove.providers.anthropic.provider import AnthropicProvider, Settings

__all__ = ["AnthropicProvider", "Settings"]
