"""A package named `api`, like a layer's."""
