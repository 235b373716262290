"""Channels: webhooks, and the at-least-once sender."""
