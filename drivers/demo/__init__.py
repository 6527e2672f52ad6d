"""What `init` writes: a project folder with a simulated market."""
