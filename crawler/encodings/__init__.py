"""Bytes in, text out: the encoding that a body names, the one it is really in, and its text in reading order.

Shared by the rooms that read pages and those that read sources. Pure: no clock, no network, nothing remembered.
"""
