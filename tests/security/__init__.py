"""The example app under cdk-nag's packs and cfn-lint, every acknowledgment with its reason."""
