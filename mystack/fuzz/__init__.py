"""`mystack fuzz`: every operation of a layer, fuzzed against its OpenAPI document by Schemathesis."""
