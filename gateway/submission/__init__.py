"""Submitting: a declaration is prepared, admitted, told what it needs of others, numbered and recorded; or told every fault."""
