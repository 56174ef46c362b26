"""The figures of time, memory and calls: `make bench` (`tools.bench.figures`).

This file stays empty of imports: what is measured runs in processes that import it too.
"""
