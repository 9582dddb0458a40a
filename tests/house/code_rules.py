# Rules about C++ that neither the compiler nor clang-tidy holds us to: one type a name, switches that name every value, one reader of JSON.
import re

LINE_COMMENT = re.compile(r"//[^\n]*")
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'')
TYPE = re.compile(r"\b(?:class|struct|union|enum(?:\s+class|\s+struct)?)\s+(?:\[\[\w+\]\]\s*)?(\w+)(?:\s+final)?\s*(?::[^:;{}()][^;{}]*)?\{")
NAMESPACE = re.compile(r"\bnamespace\s*([\w:]*)\s*\{")
SWITCH = re.compile(r"\bswitch\s*\(")
CASE_OF_ENUM = re.compile(r"\bcase\s+(?:\w+::)+[A-Z]\w*\s*:(?!:)")
JSON_PARSE = re.compile(r"\b[Jj]son::(?:parse|sax_parse|accept|from_\w+)\(|\bordered_json::parse\(")
# The reader itself, one that is as strict, and texts of our own.
OWN_JSON = {"runtime/base/JsonEvents.h", "runtime/weights/SafeTensorsJson.cpp", "suites/records/Record.cpp", "suites/report/ReportNumbers.cpp"}
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


def types_of(text):
    """(namespace, name, offset) of the types that namespaces hold; "" in a name stands for an unnamed namespace."""
    openings = {match.end() - 1: ("namespace", match.group(1), match.start()) for match in NAMESPACE.finditer(text)}
    openings |= {match.end() - 1: ("type", match.group(1), match.start()) for match in TYPE.finditer(text)}
    scopes = []
    for match in re.finditer(r"[{}]", text):
        if match.group() == "}":
            if scopes:
                scopes.pop()
            continue
        kind, name, start = openings.get(match.start(), ("other", "", 0))
        if kind == "type" and all(scope[0] == "namespace" for scope in scopes):
            yield "::".join(scope[1] for scope in scopes), name, start
        scopes.append((kind, name))


def one_type_a_name(tree):
    """A namespace has one type of a name: two in one program break it silently. Unnamed namespaces are a file's own."""
    seen = {}
    for path in tree.having(".h", ".cpp"):
        if path.startswith("tests/"):
            continue
        text = bare(tree.read(path))
        for space, name, offset in types_of(text):
            if not space or "" in space.split("::"):
                continue
            first = seen.setdefault((space, name), (path, line_at(text, offset)))
            if first[0] != path:
                yield path, line_at(text, offset), f"a second {space}::{name}; the first is {first[0]}:{first[1]}"


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


def one_json_reader(tree):
    """JSON from outside is read by runtime/base/JsonEvents.h: the library alone takes doubled keys, any depth and any number of values."""
    for path in tree.having(".h", ".cpp"):
        if path.startswith("tests/") or path in OWN_JSON:
            continue
        text = bare(tree.read(path))
        for match in JSON_PARSE.finditer(text):
            yield path, line_at(text, match.start()), "parses JSON by itself; call parseJson or parseJsonTree"


RULES = [one_type_a_name, switches_name_all, one_json_reader]
