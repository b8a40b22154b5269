"""`python -m digicert_pulumi.sandbox` and `certcentral-sandbox`: start a sandbox from the command line."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a sandbox, or say in one line what is missing for it.

    Returns:
        The exit code: 0 after a clean stop, 1 when it could not start, 2 for bad options.
    """
    try:
        from digicert_pulumi.sandbox import command  # noqa: PLC0415  # needs the extra
    except ModuleNotFoundError as error:
        sys.stderr.write(
            f'certcentral-sandbox: error: {error.name} is not installed; the sandbox needs the extra "sandbox": '
            "pip install 'digicert-pulumi[sandbox]'\n"
        )
        return 1
    return command.main(arguments)


if __name__ == "__main__":
    sys.exit(main())
