"""What is only about v3.4: its words, the bridge, parity, shadow; goes when v3.4 does."""
