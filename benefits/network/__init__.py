"""The network of providers as it is delivered in files (docs/providers.md): reading and checking; writes nothing."""
