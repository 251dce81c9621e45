"""A case from its application to its end, as applicants and handlers see it."""
