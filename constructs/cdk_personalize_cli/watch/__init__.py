"""`cdk-personalize watch`: what a stack waits for, until it has ended."""
