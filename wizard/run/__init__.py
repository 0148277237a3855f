"""The runner, the state file and the journal."""
