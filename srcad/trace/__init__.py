"""The Trace: the one intermediate form between the user's syntax tree and the generated one."""
