"""Moves money at Stripe; stands on the models, which know nothing of it."""
