"""Finds the functions of a C++, Python or shell file, with their lengths in lines.

The C++ finder follows braces, not the grammar. It is right for the code here (tests/guards/ has the
samples); where it errs, it takes a function's lambda for part of the function, which it is.
"""

import ast
import re

SPACE = re.compile(r"^(?:inline\s+)?namespace\b|^extern\s*$|\b(?:class|struct|union|enum)\b[^()]*$")
TEMPLATE = re.compile(r"^template\s*<")
MACRO_CALL = re.compile(r"\b(?!TEST)[A-Z][A-Z0-9_]+\s*\([^()]*\)|\balignas\s*\([^()]*\)|\[\[[^\]]*\]\]")
# Comments, raw strings, strings, characters and preprocessor lines, in which braces mean nothing.
# A quote between digits separates thousands.
NOISE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"([^()\s\\]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.S | re.M)


def blank(match):
    """Keeps the lines; a string leaves a pair of quotes behind."""
    kept = re.sub(r"[^\n]", " ", match.group())
    return '""' + kept[2:] if match.group()[0] in "\"R" else kept


def without_template(head):
    """The head of a declaration behind its template parameters."""
    while TEMPLATE.match(head):
        depth = 0
        for at, char in enumerate(head):
            depth += (char == "<") - (char == ">")
            if char == ">" and depth == 0:
                head = head[at + 1:].strip()
                break
        else:
            return head
    return head


def kind_of(head):
    """What a brace opens behind this head: a 'space' for declarations, a 'function' or 'other'."""
    head = without_template(MACRO_CALL.sub(" ", " ".join(head.split())).strip())
    head = head.replace('""', "").strip()
    if SPACE.search(head):
        return "space"
    return "function" if "(" in head else "other"


class CppScanner:
    """One pass over the text; `found` holds (first line, name, lines) of each function."""

    def __init__(self, content):
        self.code = NOISE.sub(blank, content)
        self.found = []
        self.scopes = []  # of (kind, where its head began, head)
        self.parens = 0
        self.head_from = 0

    def in_declarations(self):
        return all(kind == "space" for kind, _, _ in self.scopes)

    def scan(self):
        for match in re.finditer(r"[{}();:]", self.code):
            at, char = match.start(), match.group()
            if char in "()":
                self.parens = max(0, self.parens + (1 if char == "(" else -1))
            elif char == "{":
                self.open(at)
            elif char == "}":
                self.close(at)
            elif self.parens == 0 and self.in_declarations():
                label = re.fullmatch(r"\s*(public|private|protected)\s*", self.code[self.head_from:at])
                if char == ";" or label:
                    self.head_from = at + 1
        return self.found

    def open(self, at):
        if self.parens or not self.in_declarations():
            self.scopes.append(("other", at, ""))
            return
        head = self.code[self.head_from:at]
        kind = kind_of(head)
        start = self.head_from + len(head) - len(head.lstrip())
        self.scopes.append((kind, start, head.strip()))
        if kind == "space":
            self.head_from = at + 1

    def close(self, at):
        if not self.scopes:
            return
        kind, start, head = self.scopes.pop()
        if self.parens or not self.in_declarations():
            return
        following = self.code[at + 1:].lstrip()[:1]
        if kind == "function" and following in ("{", ","):
            return  # the braces of a member initialiser: the head goes on to the body
        if kind == "other" and following not in (";", ""):
            return  # a member of the initialiser list, or a default value
        if kind == "function":
            first = self.code.count("\n", 0, start) + 1
            last = self.code.count("\n", 0, at) + 1
            self.found.append((first, name_of(head), last - first + 1))
        self.head_from = at + 1


def name_of(head):
    words = re.search(r"([~\w:]+|operator\S+)\s*\((\w*(?:,\s*\w+)?)", head)
    if not words:
        return "?"
    if words.group(1).startswith("TEST"):
        return f"{words.group(1)}({words.group(2)})"
    return words.group(1)


def cpp_functions(content):
    return CppScanner(content).scan()


def python_functions(content):
    return [(node.lineno, node.name, node.end_lineno - node.lineno + 1)
            for node in ast.walk(ast.parse(content))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def shell_functions(content):
    found = []
    for match in re.finditer(r"^([\w-]+)\(\) [{(]\n.*?^[})]", content, re.M | re.S):
        first = content.count("\n", 0, match.start()) + 1
        found.append((first, match.group(1), match.group().count("\n") + 1))
    return found


FINDERS = {"cc": cpp_functions, "h": cpp_functions, "py": python_functions, "sh": shell_functions}
