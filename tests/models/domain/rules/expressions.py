"""CEL expressions drawn by chance."""

from __future__ import annotations

from hypothesis import strategies as st

NAMES = {"a": 3, "b": 2.5, "c": "x", "d": True}


WORDS = st.sampled_from(["x", "y", "a'b", 'q"t', "ä", "\\"])


LEAVES = st.one_of(
    st.integers(0, 9).map(str),
    st.floats(0, 9, allow_nan=False).map(lambda x: repr(round(x, 3))),
    WORDS.map(lambda w: '"' + w.replace("\\", "\\\\").replace('"', '\\"') + '"'),
    st.sampled_from(["true", "false", "null", *NAMES, "m.a", 'm["b"]', "m.d"]),
)


OPERATORS = ["&&", "||", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "in"]


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    """Valid CEL, though mostly of types that do not fit."""
    form = (
        draw(st.sampled_from(["leaf", "binary", "binary", "binary", "not", "list", "choice"]))
        if depth
        else "leaf"
    )
    if form == "leaf":
        return draw(LEAVES)
    parts = [draw(expressions(depth=depth - 1)) for _ in range({"not": 1, "binary": 2}.get(form, 3))]
    if form == "binary":
        bare = draw(st.booleans())
        operator = draw(st.sampled_from(OPERATORS))
        return f" {operator} ".join(parts if bare else [f"({part})" for part in parts])
    if form == "not":
        return f"!({parts[0]})"
    if form == "list":
        return f"[{', '.join(parts)}]"
    return f"({parts[0]}) ? ({parts[1]}) : ({parts[2]})"


EXPRESSIONS = expressions()
