"""`cdk-personalize doctor`: what an account is missing, told before a deploy."""
