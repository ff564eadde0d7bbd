"""What browser tabs cost the client's process, driven over Streamlit's own socket protocol."""
