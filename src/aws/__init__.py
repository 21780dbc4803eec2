"""The stores: the only room that knows boto3."""
