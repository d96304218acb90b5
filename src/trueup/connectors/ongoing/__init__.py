"""Ongoing WMS. So far the field mapping only: articles and orders as the warehouse wants them."""
