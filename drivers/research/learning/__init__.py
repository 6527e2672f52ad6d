"""Learned scorers: the panel that they are trained on, the fit, the model file and its card."""
