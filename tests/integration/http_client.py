"""Plain HTTP/1.1 GETs at an address."""

import http.client


def get(address, path, headers=None):
    """(status, headers, body as text)."""
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read().decode()
    finally:
        connection.close()
