"""One module per page: what it reads, and what its forms wish for."""
