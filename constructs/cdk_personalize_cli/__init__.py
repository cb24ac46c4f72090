"""The command line: `cdk-personalize watch` and `cdk-personalize doctor`.

It imports the handler's rules and never the constructs, so it starts at once and needs no Node.
What it offers: docs/cli.md.
"""
