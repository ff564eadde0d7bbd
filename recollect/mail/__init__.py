"""The wording of mails, and their delivery to a mail server or into a folder."""
