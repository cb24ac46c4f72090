"""Writes the JSON Schemas of the custom resources' properties: `make schemas`."""
