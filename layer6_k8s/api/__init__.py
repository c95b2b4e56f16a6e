"""MyStack: one layer of the service. `main.create_app` builds the application."""
