"""The Flask app: which routes there are, and what holds for every answer."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from flask import Blueprint, Flask, Response, jsonify
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from integration.web.health import Watching, health_pages

LARGEST_BODY = 1024 * 1024  # bytes
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

log = logging.getLogger(__name__)


def create_app(watched: Watching, hooks: Blueprint | None = None) -> Flask:
    """The app over a store. It holds no state, so that many threads may serve it. `hooks` are the
    doors for what CRMs push."""
    app = Flask("winback", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.merge_slashes = False  # it redirects, to whatever host the caller names
    app.register_blueprint(health_pages(watched))
    if hooks is not None:
        app.register_blueprint(hooks)
    app.register_error_handler(HTTPException, _refused)
    app.register_error_handler(Exception, _failed)
    app.after_request(_with_headers)
    return app


def _refused(error: HTTPException) -> ResponseReturnValue:
    """404, 405 and the like, as JSON; a 405 still names what is allowed."""
    kept = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    return jsonify(error=error.name.lower()), error.code or 500, kept


def _failed(error: Exception) -> ResponseReturnValue:
    """Whoever asks learns nothing of a fault of ours; the log does."""
    log.error("a page failed", exc_info=error)
    return jsonify(error="internal server error"), 500


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
