"""Forms and files: filled in, kept while half filled, stored, opened again."""
