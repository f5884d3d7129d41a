"""Vectors of our own for every row of the matrix: made by recipe, so that a seal is good where it claims to be.

`python -m tests.vectors.own FOLDER` writes all that are bytes as files, with the certificates beside them.
"""
