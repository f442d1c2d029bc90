"""What runs beside the answers: a pytest plugin for the step suites. Only here, in `grading`, torch may be imported."""
