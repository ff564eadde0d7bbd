"""The wording of letters, and their delivery to a mail server or into a folder."""
