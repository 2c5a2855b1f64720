"""Bodies of type multipart/form-data, byte by byte."""

from __future__ import annotations

BOUNDARY = b"----boundary7MA4YWxk"
KIND = f"multipart/form-data; boundary={BOUNDARY.decode()}"


def part_of(
    field: str, data: bytes = b"", filename: str | None = None, kind: str = ""
) -> bytes:
    """Return a part of a form: its headers, an empty line, its content."""
    quoted = field.replace("\\", "\\\\").replace('"', '\\"')
    head = f'Content-Disposition: form-data; name="{quoted}"'
    if filename is not None:
        head += f'; filename="{filename}"'
    if kind:
        head += f"\r\nContent-Type: {kind}"
    return head.encode() + b"\r\n\r\n" + data


def form_of(*parts: bytes) -> bytes:
    """Return the body of a form with these parts."""
    body = b"".join(b"--" + BOUNDARY + b"\r\n" + part + b"\r\n" for part in parts)
    return body + b"--" + BOUNDARY + b"--\r\n"
