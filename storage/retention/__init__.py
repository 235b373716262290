"""What retention does to the files of the archive.

In come the marks that orders to delete left in the store; out come files without those bodies. It never decides what
goes: `storage.sql.retention_choice` does.
"""
