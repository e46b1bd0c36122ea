"""The course as it is given out: its defects, and the file that a learner starts from."""
