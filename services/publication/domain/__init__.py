"""Rules of publicity and award: pure values, no clock of their own, no I/O."""
