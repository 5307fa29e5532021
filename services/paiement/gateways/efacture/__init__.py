"""Intake of electronic invoices: open the file, read its facts, check it against EN 16931.

`examen.examiner(octets)` is the way in. The bytes received are never rewritten.
"""
