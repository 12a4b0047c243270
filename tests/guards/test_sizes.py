"""Files and functions that are too long, and the finder of functions."""

import functions


def lines(count, text="  x();\n"):
    return text * count


def test_a_long_file_is_found(tree):
    assert tree("sizes", {"a.cc": lines(401, "// x\n")}) == ["a.cc: 401 lines, limit 400"]
    assert tree("sizes", {"b.cc": lines(400, "// x\n")}) == []


def test_a_long_function_is_found_with_its_name(tree):
    found = tree("sizes", {"a.cc": "namespace edge {\nvoid Hub::Close() {\n" + lines(59) + "}\n}\n"})
    assert found == ["a.cc:2: Hub::Close is 61 lines, limit 60"]


def test_functions_of_cpp_are_found_with_their_lengths():
    found = functions.cpp_functions('''namespace edge {
class A {
 public:
  A() : a_{1}, b_(2) {
    Run([] { return "}"; });
  }
  int a_ = 0;
};
template <typename T>
int Twice(T value) {
  // a brace in a comment: }
  return value * 2'000;
}
TEST(RoomTest, Joins) {
  EXPECT_TRUE(true || false);
}
}  // namespace edge
''')
    assert [(name, length) for _, name, length in found] == [
        ("A", 3), ("Twice", 5), ("TEST(RoomTest, Joins)", 3)]


def test_functions_of_python_and_shell_are_found():
    assert functions.python_functions("def a():\n    pass\n\n\nasync def b():\n    return 1\n") == [
        (1, "a", 2), (5, "b", 2)]
    assert functions.shell_functions("go() {\n  echo\n}\n") == [(1, "go", 3)]
