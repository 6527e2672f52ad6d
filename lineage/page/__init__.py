"""The run page: one HTML file made of the assets beside this module."""
