"""The `presswatch` command, settings, and the processes of the service."""
