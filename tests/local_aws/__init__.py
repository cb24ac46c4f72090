"""A local AWS: the real cdk CLI in front, ministack behind it, Personalize emulated beside it."""
