"""Interfaces of other libraries, for programs that change over to srcad."""
