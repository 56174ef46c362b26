"""The one comment of a pull request: found by its marker, rewritten in place, made when there is none."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tools.preview import MARKER

PAGE = 100
"""GitHub's largest page of comments."""


class PublishError(Exception):
    """GitHub refused the comment, or cannot be reached. The text says which, in GitHub's words."""


@dataclass(frozen=True)
class PullRequest:
    """A pull request on GitHub. `api` is GITHUB_API_URL, `repository` is owner/name."""

    api: str
    repository: str
    number: int
    token: str

    def publish(self, text: str) -> str:
        """Write `text` (which begins with the marker) as this pull request's one comment; answer its URL."""
        mine = next((c for c in self._comments() if _ours(c)), None)
        if mine is None:
            return str(self._call("POST", f"issues/{self.number}/comments", {"body": text})["html_url"])
        return str(self._call("PATCH", f"issues/comments/{mine['id']}", {"body": text})["html_url"])

    def _comments(self) -> Iterator[dict[str, Any]]:
        page = 1
        while found := self._call("GET", f"issues/{self.number}/comments?per_page={PAGE}&page={page}"):
            yield from found
            page += 1

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 the address is GitHub's own, from the workflow's environment
            f"{self.api}/repos/{self.repository}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Accept": "application/vnd.github+json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 as above
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise PublishError(
                f"GitHub answered {error.code} to {method} {path}: {error.read().decode()[:500]}"
            ) from error
        except OSError as error:  # URLError too
            raise PublishError(f"GitHub cannot be reached at {self.api}: {getattr(error, 'reason', error)}") from error


def _ours(comment: dict[str, Any]) -> bool:
    """Ours begins with the marker and is a bot's: anybody else could write the marker too."""
    return bool(comment["body"].startswith(MARKER) and comment["user"]["type"] == "Bot")
