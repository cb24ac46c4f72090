"""The demo: a stack's whole life on a local AWS, told as it happens and checked step by step."""
