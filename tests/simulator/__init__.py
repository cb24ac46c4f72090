"""CloudFormation, Lambda, Step Functions and Personalize on a virtual clock.

The real handler runs in it, with real botocore clients up to the wire; only the wire and the
clock are replaced. docs/simulator.md tells what is simulated, and how a failure is replayed.
"""
