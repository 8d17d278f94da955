"""Recursive descent over the tokens of one query."""

from __future__ import annotations

from connectors.sandbox.salesforce.soql.syntax import (
    Aggregate,
    Comparison,
    Condition,
    Every,
    Literal,
    Logic,
    Malformed,
    Not,
    Order,
    Path,
    Query,
    Selected,
    SemiJoin,
)
from connectors.sandbox.salesforce.soql.tokens import Token, tokens, unescaped

_FUNCTIONS = frozenset({"COUNT", "COUNT_DISTINCT", "MAX", "MIN", "SUM", "AVG"})
_CLAUSES = ("WHERE", "GROUP", "ORDER", "LIMIT", "OFFSET", "FOR", "WITH", "USING", "HAVING", "ALL")
_SIGNS = {"=": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_LONGEST = 100_000  # characters of a query
_LONGEST_STRING = 4_000  # characters of one string in WHERE


def parse(text: str) -> Query:
    """The query that `text` is. Raises Malformed."""
    if len(text) > _LONGEST:
        raise Malformed(text, _LONGEST, "SOQL statements cannot be longer than 100000 characters.")
    parser = _Parser(text)
    query = parser.query()
    parser.expect_end()
    return query


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.place = 0

    @property
    def here(self) -> Token:
        return self.tokens[self.place]

    def step(self) -> Token:
        token = self.here
        if token.kind != "end":
            self.place += 1
        return token

    def unexpected(self, token: Token | None = None) -> Malformed:
        token = token or self.here
        return Malformed(self.text, token.at, f"unexpected token: '{token.text}'")

    def take_word(self, *words: str) -> bool:
        if self.here.is_word(*words):
            self.step()
            return True
        return False

    def take_sign(self, sign: str) -> bool:
        if self.here.kind == "sign" and self.here.text == sign:
            self.step()
            return True
        return False

    def need_word(self, word: str) -> None:
        if not self.take_word(word):
            raise self.unexpected()

    def need_sign(self, sign: str) -> None:
        if not self.take_sign(sign):
            raise self.unexpected()

    def expect_end(self) -> None:
        if self.here.kind != "end":
            raise self.unexpected()

    def query(self) -> Query:
        self.need_word("SELECT")
        select, children = self._select()
        self.need_word("FROM")
        source = self.step()
        if source.kind != "name" or source.is_word(*_CLAUSES):
            raise self.unexpected(source)
        alias = self._alias()
        where = self._condition() if self.take_word("WHERE") else None
        group_by = self._group_by()
        order = self._order()
        limit = self._number() if self.take_word("LIMIT") else None
        offset = self._number() if self.take_word("OFFSET") else 0
        return Query(
            self.text, select, children, source.text, source.at,
            alias, where, group_by, order, limit, offset,
        )  # fmt: skip

    def _alias(self) -> str | None:
        if self.here.kind == "name" and not self.here.is_word(*_CLAUSES):
            return self.step().text
        return None

    def _select(self) -> tuple[tuple[Selected, ...], tuple[Query, ...]]:
        selected: list[Selected] = []
        children: list[Query] = []
        while True:
            if self.take_sign("("):
                children.append(self.query())
                self.need_sign(")")
            else:
                selected.append(self._named())
            if not self.take_sign(","):
                return tuple(selected), tuple(children)

    def _named(self) -> Selected:
        one = self._selected()
        if isinstance(one, Path) and self.here.kind == "name" and not self.here.is_word("FROM"):
            return Path(one.parts, one.at, self.step().text)
        return one

    def _selected(self) -> Selected:
        word = self.here.text.upper()
        called = self.tokens[min(self.place + 1, len(self.tokens) - 1)].text == "("
        if self.here.kind == "name" and called:
            if word == "FIELDS":
                return self._every()
            if word in _FUNCTIONS:
                return self._aggregate()
            raise self.unexpected()
        return self._path()

    def _every(self) -> Every:
        at = self.step().at
        self.need_sign("(")
        which = self.step().text.upper()
        if which not in ("ALL", "STANDARD", "CUSTOM"):
            raise Malformed(self.text, at, f"unexpected token: '{which}'")
        self.need_sign(")")
        return Every(which, at)

    def _aggregate(self) -> Aggregate:
        function = self.step()
        self.need_sign("(")
        if self.take_sign(")"):
            if function.text.upper() != "COUNT":
                raise self.unexpected()
            return Aggregate("COUNT", None, None, function.at)
        path = self._path()
        self.need_sign(")")
        alias = None
        if self.here.kind == "name" and not self.here.is_word("FROM", "ASC", "DESC", "NULLS"):
            alias = self.step().text if not self.here.is_word(*_CLAUSES) else None
        return Aggregate(function.text.upper(), path, alias, function.at)

    def _path(self) -> Path:
        token = self.step()
        if token.kind != "name" or ":" in token.text or token.is_word("FROM", "WHERE", "SELECT"):
            raise self.unexpected(token)
        parts = tuple(token.text.split("."))
        if len(parts) > 6:
            raise Malformed(self.text, token.at, "maximum relationship query depth exceeded")
        return Path(parts, token.at)

    def _condition(self) -> Condition:
        """AND and OR at one level only: Salesforce asks for brackets where they are mixed."""
        first = self._factor()
        if not self.here.is_word("AND", "OR"):
            return first
        word = self.here.text.upper()
        operands = [first]
        while self.here.is_word("AND", "OR"):
            if not self.take_word(word):
                raise self.unexpected()
            operands.append(self._factor())
        return Logic(word.lower(), tuple(operands))

    def _factor(self) -> Condition:
        if self.take_word("NOT"):
            return Not(self._factor())
        if self.take_sign("("):
            inner = self._condition()
            self.need_sign(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        path = self._path()
        if self.take_word("LIKE"):
            return Comparison(path, "like", (self._literal(wildcards=True),))
        if self.take_word("IN"):
            return self._within(path, negated=False)
        if self.take_word("NOT"):
            self.need_word("IN")
            return self._within(path, negated=True)
        for word in ("INCLUDES", "EXCLUDES"):
            if self.take_word(word):
                return Comparison(path, word.lower(), self._list())
        sign = self.step()
        if sign.kind != "sign" or sign.text not in _SIGNS:
            raise self.unexpected(sign)
        return Comparison(path, _SIGNS[sign.text], (self._literal(),))

    def _within(self, path: Path, negated: bool) -> Condition:
        after = self.tokens[min(self.place + 1, len(self.tokens) - 1)]
        if self.here.text == "(" and after.is_word("SELECT"):
            self.step()
            query = self.query()
            self.need_sign(")")
            return SemiJoin(path, negated, query)
        return Comparison(path, "not in" if negated else "in", self._list())

    def _list(self) -> tuple[Literal, ...]:
        self.need_sign("(")
        found = [self._literal()]
        while self.take_sign(","):
            found.append(self._literal())
        self.need_sign(")")
        return tuple(found)

    def _literal(self, wildcards: bool = False) -> Literal:
        token = self.step()
        if token.kind == "string":
            value = unescaped(self.text, token, wildcards)
            if len(value) > _LONGEST_STRING:
                raise Malformed(self.text, token.at, "string literal longer than 4000 characters")
            return Literal("string", value, token.at)
        if token.kind == "number":
            whole = token.text.lstrip("+-").isdigit()
            return Literal("number", int(token.text) if whole else float(token.text), token.at)
        if token.kind in ("date", "datetime"):
            return Literal(token.kind, token.text, token.at)
        if token.is_word("NULL"):
            return Literal("null", None, token.at)
        if token.is_word("TRUE", "FALSE"):
            return Literal("boolean", token.text.upper() == "TRUE", token.at)
        if token.kind == "name" and "." not in token.text:
            return Literal("relative", token.text.upper(), token.at)
        raise self.unexpected(token)

    def _group_by(self) -> tuple[Path, ...]:
        if not self.take_word("GROUP"):
            return ()
        self.need_word("BY")
        found = [self._path()]
        while self.take_sign(","):
            found.append(self._path())
        return tuple(found)

    def _order(self) -> tuple[Order, ...]:
        if not self.take_word("ORDER"):
            return ()
        self.need_word("BY")
        found = [self._order_one()]
        while self.take_sign(","):
            found.append(self._order_one())
        return tuple(found)

    def _order_one(self) -> Order:
        by = self._selected()
        if isinstance(by, Every):
            raise self.unexpected()
        descending = self.take_word("DESC")
        if not descending:
            self.take_word("ASC")
        nulls_last = False
        if self.take_word("NULLS"):
            nulls_last = self.here.is_word("LAST")
            if not self.take_word("FIRST", "LAST"):
                raise self.unexpected()
        return Order(by, descending, nulls_last)

    def _number(self) -> int:
        token = self.step()
        if token.kind != "number" or not token.text.isdigit():
            raise self.unexpected(token)
        return int(token.text)
