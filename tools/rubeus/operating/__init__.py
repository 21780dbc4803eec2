"""What changes something: deliveries are run again or put aside, messages moved, the token changed."""
