"""Markers in the reference, and the stubs, solutions and other answers that are made from its text."""

import ast

import pytest

from grading.authoring.stubs import MarkerError, find_regions, make_solution, make_stub, splice

MODULE = '''"""A lesson."""

import math


class Circle:
    """Round."""

    def area(self, radius: float) -> float:
        """Of the disc."""
        if radius < 0:
            raise ValueError("a radius is not negative")
        ### BEGIN SOLUTION 1.1
        square = radius**2
        return math.pi * square
        ### END SOLUTION


def diameter(radius: float) -> float:
    """From side to side."""
    ### BEGIN SOLUTION 1.2
    result = 2 * radius
    ### END SOLUTION
    ### BEGIN STUB
    # result = ...
    # raise NotImplementedError("TODO 1.2: double it")
    ### END STUB
    return result
'''
GOALS = {"1.1": 'the area, in "square units"', "1.2": "double it"}


def namespace(text: str) -> dict:
    """What a module's text defines."""
    names: dict = {}
    exec(compile(text, "module", "exec"), names)
    return names


def test_a_stub_is_the_module_with_a_todo_in_each_gap() -> None:
    """The gap holds its goal as a comment and as the exception's text; checks before it, and all else, are as they were."""
    stub = make_stub(MODULE, GOALS)
    expected = MODULE.replace(
        """        ### BEGIN SOLUTION 1.1
        square = radius**2
        return math.pi * square
        ### END SOLUTION
""",
        """        # TODO 1.1: the area, in "square units"
        raise NotImplementedError("TODO 1.1: the area, in \\"square units\\"")
""",
    ).replace(
        """    ### BEGIN SOLUTION 1.2
    result = 2 * radius
    ### END SOLUTION
    ### BEGIN STUB
    # result = ...
    # raise NotImplementedError("TODO 1.2: double it")
    ### END STUB
""",
        """    result = ...
    raise NotImplementedError("TODO 1.2: double it")
""",
    )
    assert stub == expected
    circle = namespace(stub)["Circle"]()
    with pytest.raises(NotImplementedError, match=r'TODO 1\.1: the area, in "square units"'):
        circle.area(1)
    with pytest.raises(ValueError, match="not negative"):
        circle.area(-1)


def test_a_solution_is_the_module_without_markers() -> None:
    """It does what the reference does, and no marker or stub line is left in it."""
    solution = make_solution(MODULE)
    assert "###" not in solution
    assert "TODO" not in solution
    assert namespace(solution)["diameter"](3) == namespace(MODULE)["diameter"](3) == 6
    assert ast.dump(ast.parse(solution)) == ast.dump(ast.parse(MODULE))


def test_another_answer_stands_in_one_gap_only() -> None:
    """A wrong area, given without indent, beside the right diameter."""
    names = namespace(splice(MODULE, "1.1", "half = radius / 2\nreturn math.pi * half**2\n"))
    assert names["Circle"]().area(2) == pytest.approx(3.14159, abs=1e-4)
    assert names["diameter"](3) == 6
    with pytest.raises(KeyError, match=r"no exercise 1\.9"):
        splice(MODULE, "1.9", "return 0")


def test_regions_have_their_exercises_and_lines() -> None:
    """From the top down, with the line numbers of their markers."""
    first, second = find_regions(MODULE)
    assert (first.exercise, first.begin, first.end, first.stub) == ("1.1", 13, 16, None)
    assert (second.exercise, second.begin, second.end, second.stub_end) == ("1.2", 21, 23, 27)
    assert second.stub == ("result = ...", 'raise NotImplementedError("TODO 1.2: double it")')


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("        ### END SOLUTION\n\n", "\n", 20, "begins inside of the one that begins in line 13"),
        ("    ### END SOLUTION\n    ### BEGIN STUB", "    ### BEGIN STUB", 23, "must follow ### END SOLUTION at once"),
        ("    ### BEGIN SOLUTION 1.2\n", "", 22, "a region ends that did not begin"),
        ("    ### END STUB\n", "", 24, "begins that does not end"),
        ("    ### BEGIN STUB\n", "", 26, "a stub block ends that did not begin"),
        ("SOLUTION 1.1", "SOLUTION", 13, "cannot understand '### BEGIN SOLUTION'"),
        ("SOLUTION 1.1", "SOLUTIONS 1.1", 13, "cannot understand"),
        ("        ### END SOLUTION\n\n", "    ### END SOLUTION\n\n", 16, "must have one indent"),
        ("    result = 2 * radius\n", "    # nothing\n", 21, "has no code in it"),
        ("square = radius**2", "square = radius**2  ### END SOLUTION", 14, "must stand alone in its line"),
        ('"""From side to side."""', '"""### BEGIN SOLUTION 1.2"""', 20, "a string holds a marker"),
        ("    # result = ...\n", "    result = ...\n", 25, "must be a comment"),
        ("import math\n", "### BEGIN SOLUTION 1.3\nimport math\n### END SOLUTION\n", 3, "whole statements of one function"),
    ],
)
def test_markers_that_make_no_sense_are_named_with_their_line(old: str, new: str, line: int, message: str) -> None:
    """Nothing is guessed: the first fault is an error."""
    assert old in MODULE
    with pytest.raises(MarkerError, match=message) as caught:
        find_regions(MODULE.replace(old, new, 1))
    assert caught.value.line == line


def test_a_gap_that_cuts_a_statement_in_half_is_refused() -> None:
    """The body of an `if` that begins before the region and ends in it is no whole statement."""
    text = (
        "def f(x):\n    if x:\n        y = 1\n        ### BEGIN SOLUTION 1.1\n        z = 2\n    return x\n    ### END SOLUTION\n"
    )
    with pytest.raises(MarkerError, match="one indent"):
        find_regions(text)


def test_an_exercise_without_a_goal_is_refused() -> None:
    """The manifest must have it."""
    with pytest.raises(MarkerError, match=r"21: exercise 1\.2 is not in the manifest"):
        make_stub(MODULE, {"1.1": "an area"})


def test_a_stub_block_must_be_python_and_keep_what_is_public() -> None:
    """A gap that is no Python, or that adds a function, is an error of the author."""
    with pytest.raises(MarkerError, match="the stub is no Python"):
        make_stub(MODULE.replace("# result = ...", "# result ="), GOALS)
    with pytest.raises(MarkerError, match="public names or signatures differ"):
        make_stub(MODULE.replace("# result = ...", "# def helper(): pass"), GOALS)


def test_a_stub_block_must_say_what_is_to_do() -> None:
    """By that line an open gap is known: an old number or goal in it would count as somebody's answer."""
    line = '# raise NotImplementedError("TODO 1.2: double it")'
    for other in (line.replace("1.2", "1.1"), line.replace("it", "them"), line.replace("raise ", "")):
        with pytest.raises(MarkerError, match=r'must have the line # raise NotImplementedError\("TODO 1\.2: double it"\)'):
            make_stub(MODULE.replace(line, other), GOALS)


def test_markers_stand_at_the_indent_of_their_statements() -> None:
    """Further left, the gap would end the function, and the module could not be imported."""
    text = MODULE.replace("        ### BEGIN SOLUTION 1.1", "    ### BEGIN SOLUTION 1.1").replace(
        "        return math.pi * square\n        ### END", "        return math.pi * square\n    ### END"
    )
    with pytest.raises(MarkerError, match=r"the markers of 1\.1 must stand at the indent of its statements"):
        find_regions(text)


def test_a_form_feed_in_a_comment_moves_no_gap() -> None:
    """Python ends no line there, nor at U+2028."""
    note = "# one \x0c two \u2028 three\n"
    assert make_stub(note + MODULE, GOALS) == note + make_stub(MODULE, GOALS)
    assert make_solution(note + MODULE) == note + make_solution(MODULE)
