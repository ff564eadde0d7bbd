"""Other systems that keep chats, and Recollect beside them: each in a process of its own, reached through
sockets."""
