"""Discovery providers, found by the name of their module; a module defines one `DiscoveryProvider`."""
