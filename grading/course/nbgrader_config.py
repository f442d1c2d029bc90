"""nbgrader's settings for this course. Change what you like below; run all `nbgrader` commands in this folder."""

from pathlib import Path

from grading.classroom import collecting, nbgrader_plugin

c = get_config()
nbgrader_plugin.configure(c, Path(__file__).parent)
collecting.configure(c)

c.CourseDirectory.course_id = "handwriting-workshop"

# How many answers are judged at a time. Unset: WORKSHOP_JOBS, or (as root) one for each processor.
# c.WorkshopPreprocessor.jobs = 2

# Your own tests, if you have any: `mine/step3/test_*.py`, as for `workshop judge step3 submitted --hidden mine`.
# c.WorkshopPreprocessor.hidden = "mine"

# What late answers lose: nbgrader's own rules, see its documentation of `LateSubmissionPlugin`.
# c.LateSubmissionPlugin.penalty_method = "zero"
