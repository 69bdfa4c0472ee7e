"""The running xlbackprop as a wheel, to be installed elsewhere: the same version, whether or not an index has it.

The layout is that of the binary distribution format (PEP 427). It is put together from the files of the package and
the metadata of its installation, be this a normal one or an editable one, so no build tool is needed.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from importlib import metadata
from pathlib import Path

from xlbackprop.errors import InputError, Problem
from xlbackprop.lesson_library import templates
from xlbackprop.machine.zip_bytes import plain_zip

NAME = "xlbackprop"
_OF_PACKAGE = (".py", ".typed")
_KIND = "py3-none-any"


def own_wheel() -> tuple[str, bytes]:
    """Return the name and the content of a wheel of the running xlbackprop.

    Raises InputError where it is not installed, or its files cannot be read, as in a program that is a single file.
    """
    try:
        installed = metadata.distribution(NAME)
    except metadata.PackageNotFoundError:
        problem = Problem("", "it runs without being installed, so its metadata are not known.", "Install it by pip.")
        raise InputError(NAME, [problem]) from None
    package = Path(__file__).parents[1]
    paths = {path.relative_to(package).as_posix(): path for path in package.rglob("*") if path.suffix in _OF_PACKAGE}
    paths |= {f"templates/{path.name}": path for path in templates().iterdir() if not path.name.startswith(".")}
    if "__init__.py" not in paths:
        problem = Problem("", "its own files cannot be read here.", "Install it by pip.")
        raise InputError(NAME, [problem])
    files = {f"{NAME}/{inside}": paths[inside].read_bytes() for inside in sorted(paths)}
    stem = f"{NAME}-{installed.version}"
    about = f"{stem}.dist-info"
    files |= {f"{about}/{name}": content for name, content in _about(installed).items()}
    record = "".join(f"{name},{_digest(content)},{len(content)}\n" for name, content in files.items())
    files[f"{about}/RECORD"] = f"{record}{about}/RECORD,,\n".encode()
    return f"{stem}-{_KIND}.whl", plain_zip(files)


def _about(installed: metadata.Distribution) -> dict[str, bytes]:
    """Return what a wheel says of its package: its metadata, its commands and its licence."""
    wheel = f"Wheel-Version: 1.0\nGenerator: {NAME} {installed.version}\nRoot-Is-Purelib: true\nTag: {_KIND}\n"
    licences = (f"licenses/{name}" for name in installed.metadata.get_all("License-File") or ())
    told = {name: installed.read_text(name) for name in ("METADATA", "entry_points.txt", *licences)}
    return {"WHEEL": wheel.encode()} | {name: text.encode() for name, text in told.items() if text is not None}


def _digest(content: bytes) -> str:
    """Return the digest of a file as RECORD has it: "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"."""
    return "sha256=" + urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
