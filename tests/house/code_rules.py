# Rules about C++ that neither the compiler nor clang-tidy holds us to: switches name every value.
import re

LINE_COMMENT = re.compile(r"//[^\n]*")
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'')
SWITCH = re.compile(r"\bswitch\s*\(")
CASE_OF_ENUM = re.compile(r"\bcase\s+(?:\w+::)+[A-Z]\w*\s*:(?!:)")
OUTSIDE_ENUMS = re.compile(r"\bcase\s+(?:llvm|mlir|YAML|CLI|nlohmann|dnnl|Json|json)\w*::|value_t::")


def bare(text):
    """The text with comments and strings blanked, so that braces count; every offset stays where it was."""
    blank = lambda match: " " * len(match.group())
    return LINE_COMMENT.sub(blank, STRING.sub(blank, text))


def line_at(text, offset):
    return text.count("\n", 0, offset) + 1


def end_of_block(text, opening):
    depth = 0
    for offset in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[offset], 0)
        if depth == 0:
            return offset
    return len(text)


def switched_value(text, start):
    """What stands between the parentheses of a switch."""
    depth, offset = 1, start
    while depth and offset < len(text):
        depth += {"(": 1, ")": -1}.get(text[offset], 0)
        offset += 1
    return text[start : offset - 1].strip()


def switches_name_all(tree):
    """No `default:` over our enumerations: with a value more, the compiler shows every switch that has to know it. A default that refuses
    what is left, or hands the value on to a function that knows the rest, is not silent."""
    for path in tree.having(".h", ".cpp"):
        text = bare(tree.read(path))
        for match in SWITCH.finditer(text):
            opening = text.find("{", match.end())
            body = text[opening : end_of_block(text, opening)]
            switched = re.escape(switched_value(text, match.end()))
            default = re.search(r"\bdefault\s*:", body)
            rest = body[default.end() :] if default else ""
            if re.search(rf"\b(?:fail|reject)\(|return\s+\w+\({switched}\)", rest):
                continue
            if default and CASE_OF_ENUM.search(body) and not OUTSIDE_ENUMS.search(body):
                yield path, line_at(text, opening + default.start()), "a default over an enumeration of ours; name every value"


RULES = [switches_name_all]
