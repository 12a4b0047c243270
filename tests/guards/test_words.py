"""Words, names and links that must not be in the tree."""


def test_a_note_for_later_is_found(tree):
    assert len(tree("words", {"a.cc": "// TO" + "DO: later\n"})) == 1


def test_the_host_name_of_a_registry_is_found(tree):
    assert len(tree("words", {"a.txt": "https://registry.npm" + "js.org/x\n"})) == 1
    assert tree("words", {"b.txt": "https://edge.example.com/x\n"}) == []


def test_a_file_name_without_a_job_is_found(tree):
    assert len(tree("words", {"edge/string_util.cc": ""})) == 1
    assert tree("words", {"edge/utility_bill.cc": ""}) == []


def test_a_link_that_leads_nowhere_is_found(tree):
    found = tree("links", {
        "README.md": "# A title\n[a](docs/a.md) [b](docs/b.md) [c](#a-title) [d](docs/a.md#no)\n",
        "docs/a.md": "# Yes\n",
    })
    assert found == ["README.md:2: docs/b.md: no such file", "README.md:2: docs/a.md#no: no such heading"]
