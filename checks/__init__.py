"""The checks that come with netra-validate, one module each, named as its id."""
