"""The few calls of openssl that the examples of the generic desk's page make."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import sys


def main(arguments: list[str]) -> None:
    """Behave like `openssl` with these arguments."""
    if arguments[:2] == ["rand", "-hex"]:
        sys.stdout.write(secrets.token_hex(int(arguments[2])) + "\n")
    elif arguments[0] == "base64":
        given = sys.stdin.buffer.read()
        sys.stdout.buffer.write(base64.b64decode(given) if "-d" in arguments else base64.b64encode(given))
    elif "-hmac" in arguments:
        key = arguments[arguments.index("-hmac") + 1].encode()
        proof = hmac.new(key, sys.stdin.buffer.read(), hashlib.sha256).hexdigest()
        sys.stdout.write(f"SHA2-256(stdin)= {proof}\n")
    else:
        key = bytes.fromhex(arguments[arguments.index("-macopt") + 1].removeprefix("hexkey:"))
        sys.stdout.buffer.write(hmac.new(key, sys.stdin.buffer.read(), hashlib.sha256).digest())


if __name__ == "__main__":
    main(sys.argv[1:])
