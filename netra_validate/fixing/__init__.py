"""Makes the edits that mend findings, or shows them.

A check says which edits mend what it has found (:attr:`netra_validate.model.Finding.fix`,
:meth:`netra_validate.Check.fixes`); what is here turns them into bytes, shows them as a diff, and
writes them, so that a file is either old or new and never another one than was looked at.
"""
