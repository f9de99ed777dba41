"""How the command `topcheck` begins: an interrupt while its modules load is no traceback."""

import signal


def main() -> None:
    """Load the commands and run one; interrupted before that, end as any program does by default.

    Python's own handler would raise in the middle of an import, or be lost in one.
    """
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:  # whoever ignores it, as nohup does, goes on to
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from topcheck.cli.commands import run

    signal.signal(signal.SIGINT, handler)
    run()
