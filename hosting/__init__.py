"""What whoever hosts a Golem touches: settings, the server, commands. It stands on the models and knows no page."""
