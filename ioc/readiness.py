"""Ask a service on this machine whether it can do its work: `python -m ioc.readiness 8060`.

For health checks of containers. The standard library alone, since it runs every few seconds beside
the service; the exit code is 0 when `/readyz` answers 200, else 1.
"""

import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

PATIENCE_S = 4.0


def is_ready(port: int) -> bool:
    """Tell whether the service at `port` of this machine is ready."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_ready(int(sys.argv[1])) else 1)
