"""Pages, a JSON API to read, and the intake of webhooks. Nothing here moves data: it reads tables and leaves wishes."""
