"""Keeps WooCommerce shops and the systems behind them in agreement, and can prove it."""

__version__ = "0.1.0"
