"""Ask a service on this machine whether it can do its work: `python -m ioc.readiness 8060`.

For health checks of containers. The standard library alone, since it runs every few seconds beside
the service; the exit code is 0 when `/readyz` answers 200, else 1.
"""

import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

PATIENCE_S = 4.0


def answers(url: str, patience_s: float) -> bool:
    """Tell whether a service says yes at an address."""
    parts = urlsplit(url)
    # Not urllib: it would ask a proxy of the environment for our own loopback.
    connection = HTTPConnection(parts.netloc, timeout=patience_s)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    is_ready = answers(f"http://127.0.0.1:{int(sys.argv[1])}/readyz", PATIENCE_S)
    sys.exit(0 if is_ready else 1)
