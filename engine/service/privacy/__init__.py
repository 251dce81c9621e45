"""Personal data behind masks: who sees what in clear, and how one has a mask taken off.

The applicant sees his own case in clear. Handlers see addresses, and what the nodes of the tasks
that they have need (``banshi:privacy`` on the user task or its lane). Everybody else, and that
includes administrators and those to whom a copy was sent, sees masks. Handlers and administrators
may have masks taken off for a while by stating a purpose; that is journalled and audited.

One exception: whoever works off a job (``/v2/jobs/activation``) is given its variables in clear,
since the job is the purpose; giving that right is giving access to the data.
"""
