"""Measured side by side in one run, against the emulated shop at the real shop's costs: python3 start.py bench"""
