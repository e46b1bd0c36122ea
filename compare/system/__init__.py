"""What is of the operating system and the terminal: files, signals, exit codes, quoting."""
