"""The first word with a scheduler: whether one answers, speaks as the address says, and is who it should be.

Said before a client is made, because one that fails to begin waits, complains at the end and says less.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyter_coimprove.errors import EngineError

#: How long a plain connection may take that asks why there is none.
_LOOK_S = 2.0
_OPTION = "--cluster-tls CA,CERT,KEY"
_IN_CONFIGURATION = f"name them with {_OPTION}, or in Dask's own configuration (distributed.comm.tls)"


def security_of(tls: tuple[Path, Path, Path] | None) -> Any:
    """What Dask is told about TLS: these files, else its own configuration."""
    import distributed

    if tls is None:
        return distributed.Security()
    ca, cert, key = map(str, tls)
    return distributed.Security(
        tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key, require_encryption=True
    )


def reach(address: str, tls: tuple[Path, Path, Path] | None, timeout: float) -> Any:
    """Speak to the scheduler once; the security to make a client with. Raises EngineError with the reason."""
    caught: list[BaseException] = []
    security = security_of(tls)
    try:
        arguments = security.get_connection_args("client")
    except (OSError, ValueError) as error:
        # ssl.SSLError is an OSError: no certificate in a file, or a key of another one.
        raise EngineError(
            f"the files for TLS cannot be used: {_text(error)}", remedy=f"look into {_OPTION}: three PEM files, the key fits the certificate"
        ) from error  # fmt: skip
    if address.startswith(("tls://", "wss://")) and arguments.get("ssl_context") is None:
        raise EngineError(f"{address} needs certificates, and none are named", remedy=_IN_CONFIGURATION)

    def speak() -> None:
        try:
            asyncio.run(_speak(address, timeout, arguments))
        except (OSError, TimeoutError, ValueError, TypeError, RuntimeError) as error:
            caught.append(error)

    # Of its own, for whoever asks may be in a loop.
    thread = threading.Thread(target=speak, name="coimprove-reach")
    thread.start()
    thread.join()
    if caught:
        raise _refused(address, tls, caught[0]) from caught[0]
    return security


async def _speak(address: str, timeout: float, arguments: dict[str, Any]) -> None:
    from distributed.core import connect, send_recv

    comm = await connect(address, timeout=timeout, **arguments)
    try:
        # With TLS 1.3 a scheduler refuses our certificate only now.
        await asyncio.wait_for(send_recv(comm, op="identity", reply=True), timeout)
    finally:
        comm.abort()


def _refused(address: str, tls: tuple[Path, Path, Path] | None, error: BaseException) -> EngineError:
    text = " ".join(_text(one) for one in _chain(error))
    secure = address.startswith(("tls://", "wss://"))
    if any(isinstance(one, ssl.SSLCertVerificationError) for one in _chain(error)) or "certificate does not match" in text:  # fmt: skip
        by = f" ({tls[0]})" if tls else ""
        return EngineError(
            f"the scheduler at {address} is not trusted: its certificate is none of the authority's{by}",
            remedy=f"name the authority that signed it first in {_OPTION}",
        )
    if secure and ("not idle" in text or "WRONG_VERSION_NUMBER" in text):
        return EngineError(
            f"the scheduler at {address} does not speak TLS", remedy="write its address as tcp://HOST:PORT, or start it with --protocol tls"
        )  # fmt: skip
    if secure and (any(isinstance(one, ssl.SSLError) for one in _chain(error)) or "SSL" in text or "reset by peer" in text):  # fmt: skip
        return EngineError(
            f"the scheduler at {address} refuses our certificate: {_text(error)}",
            remedy=f"give one that the cluster's authority signed, and its key: {_OPTION}",
        )
    if not secure and any(isinstance(one, ConnectionResetError) for one in _chain(error)):
        return EngineError(
            f"the scheduler at {address} hangs up on a connection without TLS: {_text(error)}",
            remedy=f"if it wants TLS, write its address as tls://HOST:PORT, with {_OPTION}",
        )
    *_, deepest = _chain(error)
    why = _silence(address) or (_text(deepest) if deepest is not error else "")
    return EngineError(
        f"no scheduler answers at {address}: {_text(error)}{f' ({why})' if why else ''}",
        remedy=f"is `dask scheduler` running there, and does it want TLS ({_OPTION})?",
    )


def _silence(address: str) -> str:
    """What the system says of a connection there; Dask's own last attempt may have been too short to know."""
    from distributed.comm.addressing import parse_address, parse_host_port

    try:
        socket.create_connection(parse_host_port(parse_address(address)[1]), timeout=_LOOK_S).close()
    except (OSError, ValueError) as error:
        return _text(error)
    return ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _text(error: BaseException) -> str:
    return str(error) or type(error).__name__
