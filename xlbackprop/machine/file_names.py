"""File names that Windows forbids; most students open their files there."""

from __future__ import annotations

import re

_SIGNS = re.compile(r'[<>:"|?*\\\x00-\x1f]')
_DEVICES = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])", re.IGNORECASE)


def trouble_on_windows(name: str) -> str:
    """Return why Windows forbids a file of this name (given without its folder), or ""."""
    if signs := "".join(dict.fromkeys(_SIGNS.findall(name))):
        shown = " ".join(sign if sign.isprintable() else f"U+{ord(sign):04X}" for sign in signs)
        return f"no file on Windows can have {shown} in its name"
    if name.endswith((".", " ")):
        return "Windows drops a full stop or a space at the end of a name"
    if _DEVICES.fullmatch(device := name.split(".", maxsplit=1)[0].rstrip(" ")):
        return f"{device} is a device on Windows, and no file"
    return ""
