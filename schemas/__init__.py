"""What may pass: frames, context, gates, settings, errors; nothing here computes a selection."""
