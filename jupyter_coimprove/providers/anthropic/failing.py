"""What the SDK raises, as an error a person can act on; and whether it is worth another attempt."""

from __future__ import annotations

from typing import Any

from jupyter_coimprove.errors import ProviderError
from jupyter_coimprove.redaction import MASK, Secret

#: A service that asks for a longer wait than this is not waited for, in seconds.
LONGEST_WAIT = 60.0
ATTEMPTS = 3
_FIRST_WAIT = 0.5

_STATUS: dict[int, tuple[str, str]] = {
    400: ("the request was refused", "fewer cells (--cells), or another model (-m)"),
    401: ("the key was refused", "check ANTHROPIC_API_KEY"),
    402: ("the account cannot pay for this", "look at your account with the service"),
    403: ("the key may not do this", "check what the key is for, or name another model (-m)"),
    404: ("the service has no such model", "`coimprove models` lists those it has; choose with -m"),
    413: ("the request is too large", "send less: fewer cells (--cells), or --no-context"),
    429: ("the service's limit is reached", "wait a little, or ask for less"),
    529: ("the service is overloaded", "ask again in a while"),
}
_LATER = "ask again in a while"


def retry_in(error: BaseException, attempt: int) -> float | None:
    """Seconds until another attempt is worth it; None where it would fail alike, or the wait is too long."""
    import anthropic

    if isinstance(error, anthropic.APIStatusError):
        status = error.response.status_code
        if status not in (408, 409, 429) and status < 500:
            return None
        asked = _retry_after(error.response.headers)
        if asked is not None:
            return asked if asked <= LONGEST_WAIT else None
    elif not isinstance(error, (anthropic.APIConnectionError, *_transport())):
        return None
    return float(_FIRST_WAIT * 2 ** (attempt - 1))


def _retry_after(headers: Any) -> float | None:
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers.get(name)) * unit)
        except (TypeError, ValueError):
            continue
    return None


def _transport() -> tuple[type[BaseException], ...]:
    import httpx2

    return (httpx2.TransportError,)


def is_broken_line(error: BaseException) -> bool:
    """Whether the connection went away, as against an answer that is none."""
    import anthropic

    return isinstance(error, (anthropic.APIConnectionError, *_transport()))


def why(error: BaseException) -> str:
    """In a few words what went wrong, for the step that tells of another attempt."""
    import anthropic

    if isinstance(error, anthropic.APIStatusError):
        status = error.response.status_code
        return _STATUS.get(status, ("the service failed", ""))[0] + f" ({status})"
    return (
        "the service did not answer in time"
        if isinstance(error, anthropic.APITimeoutError)
        else "the line broke"
    )


def translated(error: BaseException, *, host: str, key: Secret) -> ProviderError:
    """The error for the person. Never holds the key, nor the SDK's own error, which knows the headers."""
    import anthropic

    if isinstance(error, ProviderError):
        return error
    if isinstance(error, anthropic.APIStatusError):
        return _of_status(error, host, key)
    if isinstance(error, anthropic.APITimeoutError):
        return ProviderError(f"{host} did not answer in time", remedy=_LATER)
    if is_broken_line(error):
        return ProviderError(f"{host} cannot be reached", remedy="check the network and ANTHROPIC_BASE_URL")
    return ProviderError(
        f"what {host} sent is no answer ({type(error).__name__})", remedy="ask again; nothing was proposed"
    )


def _of_status(error: Any, host: str, key: Secret) -> ProviderError:
    status, words = error.response.status_code, _words(error, key)
    if status < 300:  # an error event in the middle of a stream
        return ProviderError(f"{host} broke off{words}", remedy=_LATER)
    if status < 400:
        return ProviderError(
            f"{host} points elsewhere ({status}), and a key is not sent on", remedy="check ANTHROPIC_BASE_URL"
        )
    what, remedy = _STATUS.get(
        status, ("the service failed" if status >= 500 else "the request failed", _LATER)
    )
    if status == 400 and "thinking" in words:
        remedy = "this model may not take adaptive thinking: set COIMPROVE_THINKING=off"
    asked = _retry_after(error.response.headers)
    if asked is not None and asked > LONGEST_WAIT:
        remedy = f"it asks to wait {asked:.0f} s"
    return ProviderError(f"{what} ({status}){words}", remedy=remedy)


def _words(error: Any, key: Secret) -> str:
    """The service's own words, where it has any, without the key and on one line."""
    body = error.body
    detail = body.get("error") if isinstance(body, dict) else None
    said = detail.get("message") if isinstance(detail, dict) else None
    if not isinstance(said, str) or not said.strip():
        return ""
    if key:
        said = said.replace(key.reveal(), MASK)
    return ": " + " ".join(said.split())[:300]
