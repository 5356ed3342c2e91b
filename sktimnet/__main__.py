"""The command line: evaluate on a corpus, fit on own recordings, predict files, stress or export a model."""

import argparse
import io
import os
import sys
import warnings

from sktimnet import __version__
from sktimnet.commands import COMMANDS, CommandParser


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit code: 2 where the user's input is wrong, 130 after Ctrl-C."""
    code = 0
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):  # a label or file name that the terminal cannot show is no reason to stop
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: print(f"sktimnet: warning: {message}", file=sys.stderr)
        try:
            code = options.run(options) or 0
            sys.stdout.flush()
        except BrokenPipeError:  # of "| head", which has read enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except KeyboardInterrupt:
            print("sktimnet: interrupted", file=sys.stderr)
            return 130
        except (ImportError, OSError, ValueError) as error:
            print(f"sktimnet: error: {error}", file=sys.stderr)
            return 2
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sktimnet", description="Speech emotion recognition with TIM-Net.")
    parser.add_argument("--version", action="version", version=f"sktimnet {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=CommandParser)
    for add_command in COMMANDS:
        add_command(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
