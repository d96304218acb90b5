"""A folder in which a POS or an ERP drops articles, prices and stock, and from which it takes orders."""
