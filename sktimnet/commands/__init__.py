"""The commands of the command line, one file each."""

from sktimnet.commands._evaluate import add_evaluate
from sktimnet.commands._export import add_export
from sktimnet.commands._fit import add_fit
from sktimnet.commands._parser import CommandParser
from sktimnet.commands._predict import add_predict
from sktimnet.commands._stress import add_stress

#: Each describes one command to the parser, in the order of the help.
COMMANDS = (add_evaluate, add_fit, add_predict, add_stress, add_export)

__all__ = ["COMMANDS", "CommandParser"]
