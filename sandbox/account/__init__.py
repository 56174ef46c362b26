"""An AWS account on loopback: a moto server with the calls that this project needs and moto lacks.

`python -m sandbox.account` runs it; `server` is the process, `seed` what an account holds before any deployment, and
each further module extends one service of moto, with the reason for every extension beside it.
"""
