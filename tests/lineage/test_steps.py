"""The generated pages and `why` tell what a layer changes, and for what reason."""

from .conftest import ONE, TWO, Project


def test_the_first_page_shows_the_whole_tree(project: Project) -> None:
    page = project.read("docs/steps/layer1.md")
    assert page.startswith("# Layer 1: A chat.\n")
    assert f"{ONE}/\n  api/\n    chat.py\n    main.py\n    wiring.py\n" in page


def test_a_later_page_marks_what_is_new_changed_and_removed(project: Project) -> None:
    project.delete(f"{TWO}/api/chat.py")
    project.write(f"{TWO}/layer.toml", project.read(f"{TWO}/layer.toml") + '[removed]\n"api/chat.py" = "Gone."\n')
    project.sync()
    page = project.read("docs/steps/layer2.md")
    marks = dict(line.split() for line in page.splitlines() if line.startswith("  ") and not line.endswith("/"))
    assert marks == {"chat.py": "REMOVED", "search.py": "NEW", "wiring.py": "CHANGED", "test_search.py": "NEW"}
    assert "- The search is wired: [`api/wiring.py`](../../layer2_two/api/wiring.py)" in page
    assert "- Search: [`api/search.py`](../../layer2_two/api/search.py), [`tests/search/test_search.py`]" in page
    assert "- Gone: [`api/chat.py`](../../layer1_one/api/chat.py)" in page
    assert "+search = 7" in page


def test_the_readme_gets_the_reasons_and_keeps_the_rest(project: Project) -> None:
    project.write(f"{TWO}/README.md", project.read(f"{TWO}/README.md") + "\nTry it.\n")
    project.sync()
    readme = project.read(f"{TWO}/README.md")
    assert readme.startswith("# A layer\n")
    assert readme.endswith("<!-- step:end -->\n\nTry it.\n")
    assert "- The search is wired: [`api/wiring.py`](api/wiring.py)" in readme
    assert "[step 2](../docs/steps/layer2.md)" in readme


def test_diff_prints_the_step_as_it_stands_now(project: Project) -> None:
    project.replace(f"{TWO}/api/wiring.py", "search = 7", "search = 70")
    assert "+search = 70" in project.layers("diff", "2")
    assert "there is no layer 4, only 1, 2" in project.refused("diff", "4")


def test_why_tells_birth_changes_and_reasons(third: Project) -> None:
    lines = third.layers("why", f"{TWO}/api/wiring.py").splitlines()
    assert [line.split(maxsplit=1) for line in lines] == [
        ["layer1_one", "born"],
        ["layer2_two", "changed: The search is wired."],
        ["layer3_three", "changed: A database is wired."],
    ]
    assert [line.split(maxsplit=1)[1] for line in third.layers("why", "api/search.py").splitlines()] == [
        "born: Search.",
        "carried",
    ]


def test_why_of_a_file_that_is_nowhere_or_not_compared_says_so(project: Project) -> None:
    assert "api/nowhere.py is in no layer" in project.refused("why", "api/nowhere.py")
    assert "README.md is written by each layer itself" in project.refused("why", "README.md")
