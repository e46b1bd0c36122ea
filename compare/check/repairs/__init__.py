"""What is wrong where no known mistake explains it: the one edit that makes it right."""
