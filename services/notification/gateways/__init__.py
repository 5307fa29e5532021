"""The outside world: the mail server and its twins, and the words of the messages."""
