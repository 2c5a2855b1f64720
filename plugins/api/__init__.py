"""The images API: what the remote answers to programs, answered over our archives.

An archive is a project, and a company of its own. Programs come with a token that
stands for a person, whose rights hold as on the pages: everything is read through the
guarded connection and changed by the functions of ``archive``.
"""
