"""Nodes → closures. A closure takes a frame (a list) and gives a value.

Slot 0 of a frame holds the `Run`; the others hold variables, parameters and items, at places that
are fixed when the expression is compiled.
"""

from engine.feel.compilation.compiler import Compiled, Compiler, compile_node, compile_tests

__all__ = ["Compiled", "Compiler", "compile_node", "compile_tests"]
