"""A folder named `api`, like a layer's."""
