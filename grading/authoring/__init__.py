"""From the reference's text to the files of the course."""
