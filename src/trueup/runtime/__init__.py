"""Schedules, and the engines that run jobs: threads in one process, or procrastinate on PostgreSQL."""
