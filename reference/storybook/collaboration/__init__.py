"""What is stored about a session. Each function is one hop to the sockets' database thread."""
