"""What came of a submission, as text, HTML and JSON."""
