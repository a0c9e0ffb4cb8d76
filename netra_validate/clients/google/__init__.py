"""The Google Cloud APIs, read only.

:class:`GoogleApis` serves a whole run: one channel to each API, one set of credentials, one call
for each question. :class:`Google` is what one probe sees of it. Importing this package loads no
library of Google's: that takes most of a second and happens in a thread when a check first asks.
"""

from netra_validate.clients.google.apis import Google, GoogleApis
from netra_validate.clients.google.shared import Answer

__all__ = ["Answer", "Google", "GoogleApis"]
