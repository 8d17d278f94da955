"""Which addresses a connector may talk to: https anywhere public, plain http on loopback only."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from connectors.errors import CredentialsRefused, Unavailable


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine, told without asking any name server."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def checked_origin(url: str) -> str:
    """Scheme, host and port of a URL, in lower case and without a default port.

    Raises ValueError for anything but https, or plain http on loopback.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if not host or parts.username or parts.password:
        raise ValueError("an address must read https://host, without a user in it")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ValueError(f"{parts.scheme}://{host}: only https, or plain http on loopback")
    default = 443 if parts.scheme == "https" else 80
    shown = f"[{host}]" if ":" in host else host
    port = "" if parts.port in (None, default) else f":{parts.port}"
    return f"{parts.scheme}://{shown}{port}"


def refuse_private_address(origin: str) -> None:
    """Look the host up and refuse an address inside a private network.

    Keeps a mistyped or hostile address from reaching machines beside ours; loopback is let
    through because a sandbox lives there. Raises CredentialsRefused, or Unavailable where the
    name is not known.
    """
    host = urlsplit(origin).hostname or ""
    if is_loopback(host):
        return
    try:
        found = socket.getaddrinfo(host, None, proto=socket.IPPROTO_TCP)
    except OSError:
        raise Unavailable(f"the name {host} cannot be looked up; nothing was sent") from None
    for *_, address in found:
        ip = _meant(ipaddress.ip_address(str(address[0]).split("%")[0]))
        if ip.is_multicast or not (ip.is_global or ip.is_loopback):
            raise CredentialsRefused(f"{host} is at a private address ({ip}), which is refused")


_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: how IPv6 alone reaches IPv4


def _meant(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip
