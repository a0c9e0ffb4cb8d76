"""``python -m netra_validate``, and where the installed command starts."""

from __future__ import annotations

import gc
import os
import sys
import warnings


def main() -> None:
    """Run the command line and leave with its exit code."""
    # A short run makes many objects and few circles: looking for them a tenth as often saves a
    # twentieth of the start and more on a large tree.
    gc.set_threshold(50_000, 20, 100)
    if not sys.warnoptions:
        # Libraries warn their developers; our user cannot do anything about it.
        warnings.simplefilter("ignore")
    try:
        from netra_validate.cli.app import app  # noqa: PLC0415 - so that Ctrl-C meanwhile is caught

        app(prog_name="netra-validate")
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        # The help itself cannot be written: a full disk. Nothing of ours is left to say it with.
        os.write(
            2, f"netra-validate: stdout: cannot be written: {error.strerror or error}\n".encode()
        )
        os._exit(2)


if __name__ == "__main__":
    main()
