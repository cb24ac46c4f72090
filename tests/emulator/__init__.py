"""Amazon Personalize, emulated in moto's style: the kinds of resource in `kinds`, and their tags.

One backend serves two roads: over HTTP (`emulator.server`), for a Lambda's own boto3, and in
process (`emulator.in_process`), for tests on a virtual clock. Nothing below `server` reads the
wall clock, sleeps, starts a thread or draws a random number.
"""
