"""A parsed comparison back in the admin's words, for the reason why it held or not."""

from __future__ import annotations

from rules.expression import COLLECTIONS, Node, children
from rules.grammar import ast
from rules.logic import in_words
from rules.rewriting import typed_name

_SIGNS = {
    "eq": "==",
    "ne": "!=",
    "gt": ">",
    "ge": ">=",
    "lt": "<",
    "le": "<=",
    "eq_fzm": "=~",
    "eq_fzs": "=~~",
    "ne_fzm": "!~",
    "ne_fzs": "!~~",
    "add": "+",
    "sub": "-",
    "mul": "*",
    "tdiv": "/",
    "fdiv": "//",
    "mod": "%",
    "and": "and",
    "or": "or",
}


def text_of(node: Node) -> str:
    """Brackets stand only around operands that have operands themselves."""
    if isinstance(node, ast.SymbolExpression | ast.LiteralExpressionBase):
        return _simple(node)
    if isinstance(node, ast.GetAttributeExpression):
        return f"{text_of(node.object)}.{node.name}"
    operands = [_bracketed(child) for child in children(node)]
    if isinstance(node, ast.UnaryExpression):
        return f"not {operands[0]}" if node.type == "not" else f"-{operands[0]}"
    if isinstance(node, ast.TernaryExpression):
        return "{} ? {} : {}".format(*operands)
    return f" {_sign(node)} ".join(operands)


def _simple(node: Node) -> str:
    if isinstance(node, ast.SymbolExpression):
        return typed_name(node.name)
    if isinstance(node, COLLECTIONS):
        return "[" + ", ".join(text_of(member) for member in node.value) + "]"
    return "null" if node.value is None else in_words(node.value)


def _sign(node: Node) -> str:
    if isinstance(node, ast.ContainsExpression):
        return "in"
    if isinstance(node, ast.CoalesceExpression):
        return "??"
    return _SIGNS[node.type]


def _bracketed(node: Node) -> str:
    simple = isinstance(
        node, ast.SymbolExpression | ast.LiteralExpressionBase | ast.GetAttributeExpression
    )
    return text_of(node) if simple else f"({text_of(node)})"
