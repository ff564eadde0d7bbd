"""The pages. Each is a script that Streamlit runs."""
