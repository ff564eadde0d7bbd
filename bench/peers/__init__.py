"""Other systems that keep chats, and Recollect beside them: all in processes of their own, asked through
sockets."""
