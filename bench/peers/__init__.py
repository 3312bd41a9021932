"""What a user would pick instead: each verifies, records and publishes Stripe's webhooks in one synchronous handler.

Each directory is an artifact's own code, `app.handler`; what it needs beside is in `bench/tasks.py`. All of them write
the same item to the same table and publish the same message to the same topic.
"""
