"""The command line. No logic: it turns words into calls and results into exit codes."""
