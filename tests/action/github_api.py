"""The part of GitHub's REST API that keeps issues, on loopback.

https://docs.github.com/en/rest/issues
"""

import json
import re
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

REPOSITORY = "acme/shop"
TOKEN = "a-token"


@dataclass
class GitHub:
    """The issues of one repository."""

    url: str = ""
    issues: list[dict] = field(default_factory=list)
    comments: dict[int, list[str]] = field(default_factory=dict)
    writes: int = 0

    @property
    def open(self):
        return [issue for issue in self.issues if issue["state"] == "open"]

    def add(self, **fields):
        number = len(self.issues) + 1
        issue = {"number": number, "state": "open", "title": "", "body": None, "labels": []}
        self.issues.append(issue | fields)
        return number

    def answer(self, method, path, query, document):
        """Status and document."""
        found = re.fullmatch(rf"/repos/{REPOSITORY}/issues(?:/(\d+)(/comments)?)?", path)
        if found is None:
            return 404, {"message": "Not Found"}
        number, comments = found[1] and int(found[1]), found[2]
        if method == "GET" and number is None:
            return 200, self._page(query)
        if too_long(document):
            return 422, {"message": "Validation Failed"}
        self.writes += 1
        if method == "POST" and number is None:
            labels = [{"name": name} for name in document.pop("labels")]
            return 201, self.issues[self.add(**document, labels=labels) - 1]
        if method == "POST" and comments:
            self.comments.setdefault(number, []).append(document["body"])
            return 201, {}
        if method == "PATCH" and number and not comments:
            self.issues[number - 1] |= document
            return 200, self.issues[number - 1]
        return 404, {"message": "Not Found"}

    def _page(self, query):
        size, page = int(query.get("per_page", "30")), int(query.get("page", "1"))
        assert size <= 100
        matching = [
            issue
            for issue in self.issues
            if issue["state"] == query.get("state", "open")
            and query["labels"] in {label["name"] for label in issue["labels"]}
        ]
        if query.get("direction", "desc") == "desc":
            matching.reverse()
        return matching[(page - 1) * size : page * size]


def too_long(document):
    """GitHub refuses titles of more than 256 characters and bodies of more than 65 536."""
    return len(document.get("title", "")) > 256 or len(document.get("body", "")) > 65_536


@contextmanager
def serving():
    """A GitHub that answers to a token."""
    github = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def _any(self):
            target = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(target.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers["Authorization"] == f"Bearer {TOKEN}":
                document = json.loads(body or b"{}")
                status, answer = github.answer(self.command, target.path, query, document)
            else:
                status, answer = 401, {"message": "Bad credentials"}
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_GET = do_POST = do_PATCH = _any  # noqa: N815 - as http.server wants them

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        github.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield github
        finally:
            server.shutdown()
            thread.join()
