"""What runs generated source: plain Python by default, or a compiler for it."""
