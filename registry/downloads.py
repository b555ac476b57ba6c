"""A party's file on its way out."""

from urllib.parse import quote

from django.http import HttpResponse


def as_download(name: str, content: bytes) -> HttpResponse:
    """A party's file, never opened inside the page."""
    response = HttpResponse(content, content_type="application/octet-stream")
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response
