"""The Lambda side of cdk-personalize: a CloudFormation event in, one honest answer out.

The rooms, in the order in which a request passes them, are described in docs/architecture.md.
Nothing is imported here, so that `entry` can load even when another room is broken.
"""
