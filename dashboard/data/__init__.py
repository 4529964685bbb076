"""What the pages show, read from the store; knows no Streamlit."""
