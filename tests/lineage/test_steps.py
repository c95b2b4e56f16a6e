"""The generated pages, and `why`, show what a layer changes and for what reason."""

from .conftest import ECHO, ONE, TWO, Project


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
    assert (
        "- Search: [`api/search.py`](../../layer2_two/api/search.py), [`tests/search/`](../../layer2_two/tests/search)"
        in page
    )
    assert "- Gone: [`api/chat.py`](../../layer1_one/api/chat.py)" in page
    assert "+search = 7" in page


def test_a_removed_folder_is_one_entry_of_the_page(echo: Project) -> None:
    for path in ECHO:
        echo.delete(f"{TWO}/{path}")
    echo.declare(TWO, '[removed]\n"api/adapters/echo/" = "The search took its place."\n')
    echo.sync()
    page = echo.read("docs/steps/layer2.md")
    assert "- The search took its place: [`api/adapters/echo/`](../../layer1_one/api/adapters/echo)\n" in page
    assert page.count("REMOVED") == len(ECHO)
    assert "0 changed" not in page
    assert "2 removed" in page
    assert "**Removed**\n\n- The search took its place.\n" in echo.read(f"{TWO}/README.md")


def test_patterns_with_one_reason_share_a_line_and_a_glob_has_no_link(project: Project) -> None:
    project.replace(f"{TWO}/layer.toml", '"tests/search/"', '"tests/*.py"')
    project.sync()
    page = project.read("docs/steps/layer2.md")
    assert "- Search: [`api/search.py`](../../layer2_two/api/search.py), `tests/*.py`\n" in page


def test_the_readme_gets_counts_and_reasons_without_files_and_keeps_the_rest(project: Project) -> None:
    project.write(f"{TWO}/README.md", project.read(f"{TWO}/README.md") + "\nTry it.\n")
    project.sync()
    readme = project.read(f"{TWO}/README.md")
    assert readme.startswith("# A layer\n")
    assert readme.endswith("<!-- step:end -->\n\nTry it.\n")
    block = readme.partition("<!-- step:begin -->")[2].partition("<!-- step:end -->")[0]
    assert "2 new files, 1 changed, 0 removed; 2 are carried byte for byte from `layer1_one`." in block
    assert "**Changed**\n\n- The search is wired.\n\n**New**\n\n- Search.\n" in block
    assert block.count("](") == 1
    assert "[step 2](../docs/steps/layer2.md)" in block


def test_diff_prints_the_current_step(project: Project) -> None:
    project.replace(f"{TWO}/api/wiring.py", "search = 7", "search = 70")
    assert "+search = 70" in project.layers("diff", "2")
    assert "there is no layer 4, only 1, 2" in project.refused("diff", "4")


def test_why_shows_birth_changes_and_reasons(third: Project) -> None:
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


def test_why_refuses_a_file_that_is_in_no_layer_or_never_compared(project: Project) -> None:
    assert "api/nowhere.py is in no layer" in project.refused("why", "api/nowhere.py")
    assert "README.md belongs to each layer itself" in project.refused("why", "README.md")
