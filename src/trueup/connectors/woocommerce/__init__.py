"""WooCommerce by its REST API v3: follows with products, prices, stock and receipts; leads orders and customers."""
