"""How allauth is told of our accounts: the only part of the package that knows it."""
