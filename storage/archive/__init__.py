"""Captured bodies, kept by digest."""
