"""What is said to people, in their language: messages with named values, by gettext."""
