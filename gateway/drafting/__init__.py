"""Declarations to be edited, begun from what there is: a stored one, a certificate, a notice of customs, a workbook."""
