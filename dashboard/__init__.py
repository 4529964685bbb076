"""Streamlit pages that only read the store and start jobs."""
