"""Tryton 8.x as a back office: it leads articles, prices and stock, and follows customers and orders."""
