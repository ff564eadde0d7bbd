"""How letters are worded, and how they leave: to a mail server, or into a folder."""
