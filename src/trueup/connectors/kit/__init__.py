"""What connectors share: the ports they offer, errors by what can be done about them, HTTP, paging, limits."""
