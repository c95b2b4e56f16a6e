"""`mystack migrate`: moves the documents of layer 2 to PostgreSQL, and back."""
