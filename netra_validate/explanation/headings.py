"""What stands above the parts of an explanation, of a rule and of a finding alike."""

from __future__ import annotations

from typing import Final

BY_HAND: Final = "See it by hand (these commands only look)"
HIDES: Final = "What it usually hides"

MEND: Final = "How to mend it"
MEND_OTHERWISE: Final = "How such a thing is mended in general"

EXAMPLE: Final = "For example:"
"""What stands above an option as it may be set."""
